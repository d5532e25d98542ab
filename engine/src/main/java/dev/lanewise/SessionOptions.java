package dev.lanewise;

import java.util.Objects;

/**
 * How much a {@link GenerationSession} remembers, and how.
 *
 * @param maxTokens how many tokens it has room for, prompts and answers together; 1 or more, and 0 for what the model takes but
 *            no more than {@value #USUAL_TOKENS}. Their memory is allocated when the session is made
 * @param cache how keys and values are kept
 * @param whenFull what happens when there is no room for the next token
 * @param keep how many of the first tokens remain when the oldest are dropped, as those of a system prompt; 0 or more
 */
public record SessionOptions(int maxTokens, CacheType cache, WhenFull whenFull, int keep) {
    /** More than this has to be asked for. */
    public static final int USUAL_TOKENS = 4096;

    /** What happens when a session is full. */
    public enum WhenFull {
        /** The generation ends with {@link FinishReason#CONTEXT_FULL}. */
        STOP,
        /**
         * The oldest half of the tokens is dropped, save the first {@link SessionOptions#keep}, and the rest is computed again as
         * if it had always been the beginning: slow at that token, and the model forgets.
         */
        SLIDE
    }

    /** Checks the values. */
    public SessionOptions {
        OptionRange.checked(maxTokens >= 0, "maxTokens", "at least 0", maxTokens);
        OptionRange.checked(keep >= 0, "keep", "at least 0", keep);
        Objects.requireNonNull(cache, "cache");
        Objects.requireNonNull(whenFull, "whenFull");
    }

    /** As many tokens as the model takes but no more than {@value #USUAL_TOKENS}, exact, and an end when it is full. */
    public static SessionOptions defaults() {
        return new SessionOptions(0, CacheType.F32, WhenFull.STOP, 0);
    }

    /** The same with room for another number of tokens. */
    public SessionOptions withMaxTokens(int tokens) {
        return new SessionOptions(tokens, cache, whenFull, keep);
    }

    /** The same with keys and values kept in another way. */
    public SessionOptions withCache(CacheType type) {
        return new SessionOptions(maxTokens, type, whenFull, keep);
    }

    /** The same, dropping the oldest tokens when it is full, save the first ones. */
    public SessionOptions sliding(int keepTokens) {
        return new SessionOptions(maxTokens, cache, WhenFull.SLIDE, keepTokens);
    }
}
