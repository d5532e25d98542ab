package dev.lanewise;

import java.util.List;

/**
 * What was generated.
 *
 * @param promptIds the ids that the call began with, in a session with those of all calls before it; not to be changed
 * @param ids the tokens that were chosen, the one that ends the text included; not to be changed
 * @param text the text of these tokens, without special ones, up to a stop string; empty if the model has no tokenizer
 * @param finish why it ended
 * @param stop the stop string that was found, or null
 * @param probabilities of every token, if they were asked for; otherwise empty
 * @param seed what determined the random numbers: with it, the same call gives the same text again
 * @param timing how long it took
 */
public record Generation(int[] promptIds, int[] ids, String text, FinishReason finish, String stop,
        List<TokenProbabilities> probabilities, long seed, Timing timing) {

    /**
     * How long a generation took.
     *
     * @param prefillTokens how many tokens were computed before the first one was chosen: the prompt, without what the session
     *            had computed already
     * @param prefillNanos the time until the first one was chosen
     * @param decodeTokens how many tokens were chosen after the first
     * @param decodeNanos the time for these
     */
    public record Timing(int prefillTokens, long prefillNanos, int decodeTokens, long decodeNanos) {
        /** Tokens a second before the first one was chosen; 0 if there were none. */
        public double prefillRate() {
            return prefillNanos == 0 ? 0 : prefillTokens * 1e9 / prefillNanos;
        }

        /** Tokens a second after the first one; 0 if there were none. */
        public double decodeRate() {
            return decodeNanos == 0 ? 0 : decodeTokens * 1e9 / decodeNanos;
        }
    }
}
