package dev.lanewise.transformer;

import dev.lanewise.spec.FeedForwardSpec;

/** The position-wise feed-forward box: up to a wider vector, an activation or a gate, and down again. */
sealed interface FeedForward permits FeedForward.Network, Experts {

    /** {@code session.fedForward() = feedForward(input)}. */
    void forward(Session session, float[] input);

    /** One network, or a mixture of experts. */
    static FeedForward of(Weights weights, String name, FeedForwardSpec spec) {
        return spec.experts() == null ? new Network(weights, name, spec) : new Experts(weights, name, spec);
    }

    /** One network. */
    final class Network implements FeedForward {
        private final FeedForwardSpec spec;
        private final Linear[] up; // one, or the gate and what it multiplies
        private final Linear[] down; // one

        Network(Weights weights, String name, FeedForwardSpec spec) {
            this.spec = spec;
            this.up = spec.gated()
                    ? new Linear[]{weights.linear(name + ".gate"), weights.linear(name + ".up")}
                    : new Linear[]{weights.linear(name + ".up")};
            this.down = new Linear[]{weights.linear(name + ".down")};
        }

        @Override
        public void forward(Session session, float[] input) {
            forward(session, input, session.fedForward(), session.batch().tokens());
        }

        /**
         * Some rows; of many a part at a time, as wide ones take the most memory.
         *
         * @param input {@code [rows][session.stride()]}
         * @param output the first gets {@code [rows][session.stride()]}
         */
        void forward(Session session, float[] input, float[][] output, int rows) {
            float[][] wide = session.wide();
            Projection projection = session.projection();
            int part = Math.ceilDiv(rows, Math.max(1, rows / projection.many())) + 3 & -4; // rows that fill tiles
            for (int row = 0; row < rows; row += part) {
                int count = Math.min(part, rows - row);
                projection.apply(up, wide, 0, input, row, session.stride(), count, spec.activation(), spec.gated());
                projection.apply(down, output, row, wide[0], 0, session.wideStride(), count, null, false);
            }
        }
    }
}
