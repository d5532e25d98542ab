package dev.lanewise.transformer;

import dev.lanewise.spec.FeedForwardSpec;

/** The position-wise feed-forward box: up to a wider vector, an activation, and down again. */
final class FeedForward {
    private final FeedForwardSpec spec;
    private final Linear[] up;
    private final Linear[] down;

    FeedForward(Weights weights, String name, FeedForwardSpec spec) {
        this.spec = spec;
        this.up = new Linear[]{weights.linear(name + ".up")};
        this.down = new Linear[]{weights.linear(name + ".down")};
    }

    /** {@code session.sublayer() = feedForward(session.hidden())}. */
    void forward(Session session) {
        int rows = session.batch().tokens();
        session.projection().apply(up, session.wide(), session.hidden(), session.stride(), rows, spec.activation());
        session.projection().apply(down, session.sublayers(), session.wide()[0], session.wideStride(), rows, null);
    }
}
