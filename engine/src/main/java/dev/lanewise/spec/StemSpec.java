package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;

/**
 * Convolutions over time in the place of a token table: from frames of features to vectors, each with a kernel of
 * {@value #KERNEL} frames, a frame of zeros at either end, and an activation.
 *
 * @param features of a frame, such as mel bins
 * @param convolutions how many
 * @param stride of the last convolution: of so many frames one vector comes out
 * @param activation behind each
 */
public record StemSpec(int features, int convolutions, int stride, Activation activation) {
    /** Frames that a convolution reads for one that it writes. */
    public static final int KERNEL = 3;

    static StemSpec read(Metadata.Reader in, String prefix) {
        return in.has(prefix + "features")
                ? new StemSpec(in.integer(prefix + "features", 1, 1 << 16), in.integer(prefix + "convolutions", 1, 16),
                        in.integer(prefix + "stride", 1, 16), in.word(prefix + "activation", Activation.class))
                : null;
    }

    /** How many vectors come of some frames. */
    public int tokens(int frames) {
        return Math.ceilDiv(frames, stride);
    }
}
