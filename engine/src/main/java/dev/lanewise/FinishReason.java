package dev.lanewise;

/** Why a generation ended. */
public enum FinishReason {
    /** The model chose an id that ends the text. */
    STOP_TOKEN,
    /** A stop string is complete; the text ends before it. */
    STOP_TEXT,
    /** The recording is at its end. */
    END_OF_AUDIO,
    /** There are as many tokens as were asked for. */
    LENGTH,
    /** The session has no room for another token. */
    CONTEXT_FULL,
    /** The caller wants no more. */
    CANCELLED,
    /** The time is over. */
    DEADLINE
}
