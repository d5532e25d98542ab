package dev.lanewise;

/** Is told what is generated, as it is generated, on the thread that generates. What it throws ends the generation. */
@FunctionalInterface
public interface GenerationListener {
    /**
     * More of the text, never empty: whole characters, and no part of a stop string. All pieces together are the text. A token
     * may give no piece at once. Not called if the model has no tokenizer.
     */
    void text(String piece);

    /** A token was chosen, the one that ends the text included. Called before the piece of text that it gives, if any. */
    default void token(int id) {}
}
