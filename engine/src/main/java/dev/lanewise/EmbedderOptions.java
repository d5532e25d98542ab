package dev.lanewise;

/**
 * How texts are embedded.
 *
 * @param pooling how token vectors become one, or null for what the model's file says
 * @param normalize whether vectors are divided by their Euclidean length, or null for what the model's file says (yes, where
 *            it says nothing)
 * @param truncate whether a text that is too long is cut; if not, it is refused
 * @param prompt the name, in {@link Model#prompts}, of what is put before every text; empty for nothing, null for what the
 *            model's file says
 * @param dimensions how many elements of a vector are kept, from the first on, before it is normalised; 0 for all. Only
 *            models that were trained for it (Kusupati et al., 2022) have good vectors then
 */
public record EmbedderOptions(Pooling pooling, Boolean normalize, boolean truncate, String prompt, int dimensions) {

    /** Checks the values. */
    public EmbedderOptions {
        OptionRange.checked(dimensions >= 0, "dimensions", "at least 0", dimensions);
    }

    /** What the model's file says, and nothing is cut. */
    public static EmbedderOptions defaults() {
        return new EmbedderOptions(null, null, false, null, 0);
    }

    /** The same with a given pooling. */
    public EmbedderOptions withPooling(Pooling kind) {
        return new EmbedderOptions(kind, normalize, truncate, prompt, dimensions);
    }

    /** The same with or without normalisation. */
    public EmbedderOptions withNormalize(boolean unitLength) {
        return new EmbedderOptions(pooling, unitLength, truncate, prompt, dimensions);
    }

    /** The same, cutting texts that are too long or refusing them. */
    public EmbedderOptions withTruncate(boolean cut) {
        return new EmbedderOptions(pooling, normalize, cut, prompt, dimensions);
    }

    /** The same with the prompt of a name before every text, such as "query"; with none for the empty name. */
    public EmbedderOptions withPrompt(String name) {
        return new EmbedderOptions(pooling, normalize, truncate, name, dimensions);
    }

    /** The same with no more than the first elements of every vector. */
    public EmbedderOptions withDimensions(int count) {
        return new EmbedderOptions(pooling, normalize, truncate, prompt, count);
    }
}
