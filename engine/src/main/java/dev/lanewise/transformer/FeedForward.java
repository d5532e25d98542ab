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
         * Some rows.
         *
         * @param input {@code [rows][session.stride()]}
         * @param output gets one {@code [rows][session.stride()]}
         */
        void forward(Session session, float[] input, float[][] output, int rows) {
            float[][] wide = session.wide();
            session.projection().apply(up, wide, input, session.stride(), rows, spec.activation(), spec.gated());
            session.projection().apply(down, output, wide[0], session.wideStride(), rows, null, false);
        }
    }
}
