package dev.lanewise;

import dev.lanewise.generation.StopText;
import dev.lanewise.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;

/**
 * The text of tokens that come one by one: in whole characters, up to a stop string. A token is decoded together with those
 * before it, as the spaces around it may depend on them. Not thread-safe.
 */
final class TextStream {
    /** Tokens of the prompt that the first new one is decoded with. */
    private static final int CONTEXT = 5;
    /** What decoding gives for a character of which bytes are missing. */
    private static final char INCOMPLETE = '\uFFFD';
    /** A character has no more bytes, so that with more tokens nothing is incomplete, but wrong. */
    private static final int LONGEST_CHARACTER = 4;

    private final Tokenizer tokenizer;
    private final StopText stops;
    private final StringBuilder all = new StringBuilder();
    private int[] window; // the tokens that are decoded together
    private int shown; // of the window, the tokens whose text was taken
    private int size; // of the window

    /** @param prompt what comes before the text */
    TextStream(Tokenizer tokenizer, List<String> stopStrings, int[] prompt) {
        this.tokenizer = tokenizer;
        stops = new StopText(stopStrings);
        shown = Math.min(CONTEXT, prompt.length);
        size = shown;
        window = Arrays.copyOf(Arrays.copyOfRange(prompt, prompt.length - shown, prompt.length), 64);
    }

    /**
     * Adds a token.
     *
     * @return whether a stop string is complete
     */
    boolean add(int id) {
        window[size++] = id;
        String before = tokenizer.decode(Arrays.copyOf(window, shown), true);
        String text = tokenizer.decode(Arrays.copyOf(window, size), true);
        if (text.length() <= before.length()
                || text.charAt(text.length() - 1) == INCOMPLETE && size - shown < LONGEST_CHARACTER) {
            if (size == window.length) {
                settle();
            }
            return false;
        }
        settle();
        return stops.add(text.substring(before.length()));
    }

    private void settle() {
        System.arraycopy(window, shown, window, 0, size - shown);
        size -= shown;
        shown = size;
    }

    /** The stop string that was found, or null. */
    String stop() {
        return stops.found();
    }

    /** Takes what is known of the text since the last call. */
    String take() {
        return kept(stops.take());
    }

    /** Takes the rest; nothing follows. */
    String takeRest() {
        return kept(stops.found() == null ? stops.takeRest() : "");
    }

    private String kept(String piece) {
        all.append(piece);
        return piece;
    }

    /** All that was taken. */
    String all() {
        return all.toString();
    }
}
