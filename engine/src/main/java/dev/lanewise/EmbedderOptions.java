package dev.lanewise;

/**
 * How texts are embedded.
 *
 * @param pooling how token vectors become one, or null for what the model's file says
 * @param normalize whether vectors are divided by their Euclidean length, or null for what the model's file says (yes, where
 *            it says nothing)
 * @param truncate whether a text that is too long is cut; if not, it is refused
 */
public record EmbedderOptions(Pooling pooling, Boolean normalize, boolean truncate) {

    /** What the model's file says, and nothing is cut. */
    public static EmbedderOptions defaults() {
        return new EmbedderOptions(null, null, false);
    }

    /** The same with a given pooling. */
    public EmbedderOptions withPooling(Pooling kind) {
        return new EmbedderOptions(kind, normalize, truncate);
    }

    /** The same with or without normalisation. */
    public EmbedderOptions withNormalize(boolean unitLength) {
        return new EmbedderOptions(pooling, unitLength, truncate);
    }

    /** The same, cutting texts that are too long or refusing them. */
    public EmbedderOptions withTruncate(boolean cut) {
        return new EmbedderOptions(pooling, normalize, cut);
    }
}
