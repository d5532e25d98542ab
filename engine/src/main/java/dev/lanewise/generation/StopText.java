package dev.lanewise.generation;

import java.util.List;

/**
 * Finds strings that end a text, wherever the text is cut into pieces, and holds back what may be the beginning of one, so that
 * no part of a stop string is ever shown. Not thread-safe.
 */
public final class StopText {
    private final List<String> stops;
    private final int longest;
    private final StringBuilder pending = new StringBuilder();
    private String found;

    /** @param stops none of them empty */
    public StopText(List<String> stops) {
        this.stops = List.copyOf(stops);
        int most = 0;
        for (String stop : stops) {
            most = Math.max(most, stop.length());
        }
        longest = most;
    }

    /**
     * Adds a piece of the text.
     *
     * @return whether a stop string is complete; then the text ends before the one that was complete first
     */
    public boolean add(CharSequence piece) {
        int from = Math.max(0, pending.length() - longest + 1);
        pending.append(piece);
        int end = Integer.MAX_VALUE;
        for (String stop : stops) {
            int at = pending.indexOf(stop, from);
            // The one that is complete first, as if characters came one by one; of two, the one that began first.
            if (at >= 0 && (at + stop.length() < end || at + stop.length() == end && stop.length() > found.length())) {
                end = at + stop.length();
                found = stop;
            }
        }
        if (found == null) {
            return false;
        }
        pending.setLength(end - found.length());
        return true;
    }

    /** The stop string that was found, or null. */
    public String found() {
        return found;
    }

    /** Takes the text that is no part of a stop string, whatever follows. */
    public String take() {
        return take(found != null ? pending.length() : safe());
    }

    /** Takes all that is left; nothing follows. */
    public String takeRest() {
        return take(pending.length());
    }

    private String take(int length) {
        if (length == 0) {
            return "";
        }
        String text = pending.substring(0, length);
        pending.delete(0, length);
        return text;
    }

    /** Where the longest end begins that a stop string may begin with. */
    private int safe() {
        for (int at = Math.max(0, pending.length() - longest + 1); at < pending.length(); at++) {
            for (String stop : stops) {
                if (begins(stop, at)) {
                    return at;
                }
            }
        }
        return pending.length();
    }

    private boolean begins(String stop, int at) {
        int length = pending.length() - at;
        if (length >= stop.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (pending.charAt(at + i) != stop.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
