package dev.lanewise.bench;

import dev.lanewise.bench.measure.CrewRun;
import dev.lanewise.bench.peer.AttentionTask;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.Work;
import dev.lanewise.parallel.Crew;
import java.util.Optional;

/**
 * Attention as one writes it in Java without the Vector API: all scores of a head in memory, then softmax, then the weighted
 * sums. Inner loops run along arrays, so that the compiler can vectorise them; heads are shared out among threads.
 */
final class PlainJava implements Peer {

    @Override
    public String title() {
        return "plain Java, unfused";
    }

    @Override
    public Optional<Work> attention(AttentionTask task, int threads) {
        return Optional.of(new Attention(task, threads));
    }

    private static final class Attention implements Work {
        private final AttentionTask task;
        private final Crew crew;
        private final float[] keys; // [heads][headSize][length]
        private final float[][] scores; // [threads][length * length]
        private final float[] out; // [length][heads][headSize]

        Attention(AttentionTask task, int threads) {
            this.task = task;
            crew = new Crew(threads);
            keys = new float[task.k().length];
            scores = new float[threads][Math.multiplyExact(task.length(), task.length())];
            out = new float[task.q().length];
        }

        @Override
        public void run() {
            CrewRun.run(crew, this::head, task.heads());
        }

        private void head(int head, int member) {
            transposeKeys(head);
            for (int query = 0; query < task.length(); query++) {
                score(scores[member], head, query);
                softmax(scores[member], query * task.length(), task.causal() ? query + 1 : task.length());
            }
            for (int query = 0; query < task.length(); query++) {
                weigh(scores[member], head, query);
            }
        }

        private void transposeKeys(int head) {
            for (int key = 0; key < task.length(); key++) {
                for (int d = 0; d < task.headSize(); d++) {
                    keys[(head * task.headSize() + d) * task.length() + key] = task.k()[at(key, head) + d];
                }
            }
        }

        private void score(float[] scores, int head, int query) {
            int length = task.length();
            int row = query * length;
            for (int key = 0; key < length; key++) {
                scores[row + key] = 0;
            }
            for (int d = 0; d < task.headSize(); d++) {
                float q = task.q()[at(query, head) + d] * task.scale();
                int column = (head * task.headSize() + d) * length;
                for (int key = 0; key < length; key++) {
                    scores[row + key] += q * keys[column + key];
                }
            }
        }

        private static void softmax(float[] x, int from, int count) {
            float most = Float.NEGATIVE_INFINITY;
            for (int i = from; i < from + count; i++) {
                most = Math.max(most, x[i]);
            }
            float sum = 0;
            for (int i = from; i < from + count; i++) {
                x[i] = (float) Math.exp(x[i] - most);
                sum += x[i];
            }
            for (int i = from; i < from + count; i++) {
                x[i] /= sum;
            }
        }

        private void weigh(float[] scores, int head, int query) {
            int to = at(query, head);
            for (int d = 0; d < task.headSize(); d++) {
                out[to + d] = 0;
            }
            for (int key = 0; key < (task.causal() ? query + 1 : task.length()); key++) {
                float weight = scores[query * task.length() + key];
                int from = at(key, head);
                for (int d = 0; d < task.headSize(); d++) {
                    out[to + d] += weight * task.v()[from + d];
                }
            }
        }

        private int at(int token, int head) {
            return (token * task.heads() + head) * task.headSize();
        }

        @Override
        public float[] result() {
            return out.clone();
        }

        @Override
        public void close() {
            crew.close();
        }
    }
}
