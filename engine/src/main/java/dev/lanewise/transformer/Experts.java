package dev.lanewise.transformer;

import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.FeedForwardSpec.ExpertsSpec;
import java.util.Arrays;

/**
 * A mixture of experts (Shazeer et al., 2017): for each token a router weighs the networks, the heaviest compute it, and their
 * outputs are added by weight, in the order of the experts. Each expert computes all its tokens at once.
 */
final class Experts implements FeedForward {
    private final ExpertsSpec spec;
    private final Linear[] router; // one
    private final Network[] experts;

    Experts(Weights weights, String name, FeedForwardSpec feedForward) {
        spec = feedForward.experts();
        router = new Linear[]{weights.linear(name + ".router")};
        experts = new Network[spec.count()];
        for (int i = 0; i < experts.length; i++) {
            experts[i] = new Network(weights, name + ".experts." + i, feedForward);
        }
    }

    @Override
    public void forward(Session session, float[] input) {
        int rows = session.batch().tokens();
        Routing routing = session.routing();
        routing.begin(rows);
        session.projection().apply(router, routing.logits, input, session.stride(), rows, null, false);
        for (int row = 0; row < rows; row++) {
            routing.choose(row, spec);
        }
        float[] output = session.fedForward()[0];
        Arrays.fill(output, 0, rows * session.stride(), 0);
        for (int expert = 0; expert < experts.length; expert++) {
            int count = routing.gather(expert, rows, input);
            if (count > 0) {
                experts[expert].forward(session, routing.input, routing.output, count);
                routing.scatter(expert, count, output);
            }
        }
    }

    /** Which expert computes which token with which weight. One a session, reused; grows as needed. */
    static final class Routing {
        private final Session session;
        private final int count;
        private final int countStride;
        private final float[][] logits = new float[1][]; // one [tokens][countStride]
        private float[] weights = {}; // [tokens][count], 0 where an expert is not used
        private int[] tokens = {}; // of the expert that computes now
        private float[] input = {}; // [its tokens][stride]
        private final float[][] output = new float[1][]; // one [its tokens][stride]

        Routing(Session session, int count) {
            this.session = session;
            this.count = count;
            countStride = dev.lanewise.tensor.TensorInfo.padded(count);
        }

        private void begin(int rows) {
            if (rows > tokens.length) {
                int all = rows + Session.SLACK;
                tokens = new int[rows];
                weights = new float[rows * count];
                logits[0] = new float[all * countStride];
                input = new float[all * session.stride()];
                output[0] = new float[all * session.stride()];
            }
        }

        /** Softmax over the experts, then the heaviest; of equal ones the first. */
        private void choose(int row, ExpertsSpec spec) {
            int from = row * countStride;
            float maximum = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < count; i++) {
                maximum = Math.max(maximum, logits[0][from + i]);
            }
            double sum = 0;
            for (int i = 0; i < count; i++) {
                sum += StrictMath.exp(logits[0][from + i] - maximum);
            }
            Arrays.fill(weights, row * count, (row + 1) * count, 0);
            double used = 0;
            for (int n = 0; n < spec.used(); n++) {
                int best = -1;
                for (int i = 0; i < count; i++) {
                    if (weights[row * count + i] == 0
                            && (best < 0 || logits[0][from + i] > logits[0][from + best])) {
                        best = i;
                    }
                }
                double weight = StrictMath.exp(logits[0][from + best] - maximum) / sum;
                used += weight;
                weights[row * count + best] = Math.max((float) weight, Float.MIN_VALUE); // 0 says: not used
            }
            if (spec.renormalized()) {
                for (int i = row * count; i < (row + 1) * count; i++) {
                    weights[i] = (float) (weights[i] / used);
                }
            }
        }

        private int gather(int expert, int rows, float[] from) {
            int stride = session.stride();
            int n = 0;
            for (int row = 0; row < rows; row++) {
                if (weights[row * count + expert] != 0) {
                    System.arraycopy(from, row * stride, input, n * stride, stride);
                    tokens[n++] = row;
                }
            }
            return n;
        }

        private void scatter(int expert, int n, float[] to) {
            int stride = session.stride();
            for (int i = 0; i < n; i++) {
                session.kernels().addScaled(to, tokens[i] * stride, output[0], i * stride,
                        weights[tokens[i] * count + expert], stride);
            }
        }
    }
}
