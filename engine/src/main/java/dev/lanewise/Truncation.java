package dev.lanewise;

/** What is done to a text, or a pair of texts, that is too long for a model. */
public enum Truncation {
    /** It is refused. */
    REFUSE,
    /** The text is cut; of a pair the longer one, and when both are equally long, both. */
    LONGER,
    /** Of a pair the second is cut; a text that is no pair is. */
    SECOND
}
