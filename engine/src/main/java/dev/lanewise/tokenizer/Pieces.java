package dev.lanewise.tokenizer;

import java.util.Arrays;

/**
 * A text in pieces, on its way through the pre-tokenizers: each divides the pieces further, or writes the text anew. Reused;
 * grows and never shrinks. Not thread-safe.
 */
final class Pieces {
    /** The text that the pieces are parts of. */
    NormalizedText text;
    int count;
    int[] starts = new int[64]; // [count]
    int[] ends = new int[64]; // [count]

    private final NormalizedText[] written = {new NormalizedText(), new NormalizedText()};
    private int[] newStarts = new int[64];
    private int[] newEnds = new int[64];
    private int newCount;
    private NormalizedText newText;
    final Divider divider = new Divider();
    final PatternAutomaton.Scratch search = new PatternAutomaton.Scratch();

    /** Begins with one piece. */
    void begin(NormalizedText source, int from, int to) {
        text = source;
        starts[0] = from;
        ends[0] = to;
        count = 1;
    }

    /** Begins a step that divides pieces; the text remains. */
    void divide() {
        newCount = 0;
        newText = text;
    }

    /** Begins a step that writes the text anew. */
    NormalizedText rewrite() {
        newCount = 0;
        newText = text == written[0] ? written[1] : written[0];
        newText.clear();
        return newText;
    }

    /** Adds a piece to the result of the step, unless it is empty. */
    void add(int start, int end) {
        if (start == end) {
            return;
        }
        if (newCount == newStarts.length) {
            newStarts = Arrays.copyOf(newStarts, newCount * 2);
            newEnds = Arrays.copyOf(newEnds, newCount * 2);
        }
        newStarts[newCount] = start;
        newEnds[newCount++] = end;
    }

    /** Ends the step: its result is what the next begins with. */
    void done() {
        int[] oldStarts = starts;
        int[] oldEnds = ends;
        starts = newStarts;
        ends = newEnds;
        newStarts = oldStarts;
        newEnds = oldEnds;
        count = newCount;
        text = newText;
    }
}
