package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;

/**
 * Convolutions over time in the place of a token table: from frames of features to vectors, each with a kernel of
 * {@value #KERNEL} frames, a frame of zeros at either end, and an activation.
 *
 * @param features of a frame, such as mel bins
 * @param strides of the convolutions, in their order: of so many frames one comes out
 * @param activation behind each
 */
public record StemSpec(int features, java.util.List<Integer> strides, Activation activation) {
    /** Frames that a convolution reads for one that it writes. */
    public static final int KERNEL = 3;
    private static final int MOST_CONVOLUTIONS = 16;
    private static final int LARGEST_STRIDE = 16;

    /** Copies the list. */
    public StemSpec {
        strides = java.util.List.copyOf(strides);
    }

    static StemSpec read(Metadata.Reader in, String prefix) {
        if (!in.has(prefix + "features")) {
            return null;
        }
        int[] strides = in.integers(prefix + "strides");
        boolean sound = strides.length > 0 && strides.length <= MOST_CONVOLUTIONS;
        for (int stride : strides) {
            sound &= stride > 0 && stride <= LARGEST_STRIDE;
        }
        if (!sound) {
            throw new Metadata.MetadataException(TransformerSpec.PREFIX + prefix + "strides",
                    "1 to " + MOST_CONVOLUTIONS + " numbers from 1 to " + LARGEST_STRIDE,
                    java.util.Arrays.toString(strides));
        }
        return new StemSpec(in.integer(prefix + "features", 1, 1 << 16),
                java.util.stream.IntStream.of(strides).boxed().toList(),
                in.word(prefix + "activation", Activation.class));
    }

    void write(Metadata.Builder out, String prefix) {
        out.put(prefix + "features", features)
                .put(prefix + "strides", strides.stream().mapToInt(Integer::intValue).toArray())
                .put(prefix + "activation", activation);
    }

    /** How many vectors come of some frames. */
    public int tokens(int frames) {
        int tokens = frames;
        for (int stride : strides) {
            tokens = Math.ceilDiv(tokens, stride);
        }
        return tokens;
    }
}
