package dev.lanewise;

import dev.lanewise.generation.StopText;
import dev.lanewise.tokenizer.StreamDecoder;
import dev.lanewise.tokenizer.Tokenizer;
import java.util.List;

/** The text of tokens that come one by one: in whole characters, without special tokens, up to a stop string. Not thread-safe. */
final class TextStream {
    private final StreamDecoder decoder;
    private final StopText stops;
    private final StringBuilder all = new StringBuilder();

    /** @param prompt what comes before the text: whether a space is one, or only begins a text, depends on it */
    TextStream(Tokenizer tokenizer, List<String> stopStrings, int[] prompt) {
        decoder = new StreamDecoder(tokenizer, true);
        stops = new StopText(stopStrings);
        for (int id : prompt) {
            if (id < tokenizer.size()) {
                decoder.push(id);
            }
        }
    }

    /**
     * Adds a token.
     *
     * @return whether a stop string is complete
     */
    boolean add(int id) {
        return stops.add(decoder.push(id));
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
        if (stops.found() == null && !stops.add(decoder.finish())) {
            return kept(stops.takeRest());
        }
        return kept(stops.take());
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
