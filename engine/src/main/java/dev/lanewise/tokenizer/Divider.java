package dev.lanewise.tokenizer;

import dev.lanewise.tokenizer.PreTokenizer.Behavior;

/** Makes pieces of what a pattern finds in a text, and of what lies between. Reused; not thread-safe. */
final class Divider {
    private Pieces pieces;
    private Behavior behavior;
    private boolean before;
    private int pendingStart;
    private int pendingEnd;

    /** Begins a text. */
    void begin(Pieces to, Behavior found, int from) {
        pieces = to;
        behavior = found;
        before = false;
        pendingStart = from;
        pendingEnd = from;
    }

    /** The next part of the text, which begins where the last one ended; {@code found} if it is one of those looked for. */
    void part(int start, int end, boolean found) {
        if (behavior.merges()) {
            join(start, end, behavior.joins(found, before));
        } else if (!found || behavior == Behavior.ISOLATED) {
            pieces.add(start, end);
        }
        before = found;
    }

    /** No more parts. */
    void finish() {
        pieces.add(pendingStart, pendingEnd);
    }

    private void join(int start, int end, boolean toPending) {
        if (!toPending) {
            pieces.add(pendingStart, pendingEnd);
            pendingStart = start;
        }
        pendingEnd = end;
    }
}
