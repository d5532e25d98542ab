package dev.lanewise.tokenizer;

import java.util.Arrays;

/**
 * The tokens by which a text begins and ends. Immutable and thread-safe.
 *
 * @param begin the id that a text begins with, -1 if there is none
 * @param end the id that a text ends with, -1 if there is none
 * @param stops all ids that end what a model generates, the end of its turn in a conversation included; not to be changed
 */
public record ControlTokens(int begin, int end, int[] stops) {
    /** There are none. */
    public static final ControlTokens NONE = new ControlTokens(-1, -1, new int[0]);

    /** Puts the stops in order, each once. */
    public ControlTokens {
        stops = Arrays.stream(stops).sorted().distinct().toArray();
    }

    /** Whether an id ends what a model generates. */
    public boolean isStop(int id) {
        return Arrays.binarySearch(stops, id) >= 0;
    }

    /** Checks that every id is one of a token. */
    void check(Vocabulary vocabulary) {
        check("control.begin", begin, -1, vocabulary);
        check("control.end", end, -1, vocabulary);
        for (int stop : stops) {
            check("control.stops", stop, 0, vocabulary);
        }
    }

    private static void check(String key, int id, int least, Vocabulary vocabulary) {
        if (id < least || id >= vocabulary.size()) {
            throw TokenizerSpec.bad(key, "an id from 0 to " + (vocabulary.size() - 1), id + "");
        }
    }
}
