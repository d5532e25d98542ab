package dev.lanewise;

import dev.lanewise.tokenizer.Tokenizer;
import java.util.List;

/** Tells a listener the tokens of a translation, and their text. Not thread-safe. */
final class TranslationTeller {
    private final GenerationListener listener;
    private final Tokenizer tokenizer; // or null
    private final TextStream text; // null if there is no tokenizer

    /** @param given what the translation begins with */
    TranslationTeller(GenerationListener listener, Tokenizer tokenizer, int[] given) {
        this.listener = listener;
        this.tokenizer = tokenizer;
        text = tokenizer == null ? null : new TextStream(tokenizer, List.of(), given);
    }

    /** Tells of a token. */
    void tell(int id, boolean last) {
        listener.token(id);
        if (text != null) {
            if (id < tokenizer.size()) {
                text.add(id);
            }
            String piece = last ? text.take() + text.takeRest() : text.take();
            if (!piece.isEmpty()) {
                listener.text(piece);
            }
        }
    }
}
