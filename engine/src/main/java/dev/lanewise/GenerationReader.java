package dev.lanewise;

/**
 * Reads the tokens of a {@link GenerationRun}, and makes text of them, perhaps on another thread than the one that makes the
 * steps. Not thread-safe itself.
 */
final class GenerationReader {
    private final GenerationRun run;
    private final TextStream text; // null if the model has no tokenizer
    private int read;

    GenerationReader(GenerationRun run) {
        this.run = run;
        text = run.newText();
    }

    /** The next token, or -1 if there is none yet. */
    int next() {
        if (read == run.published()) {
            return -1;
        }
        int id = run.id(read++);
        if (text != null) {
            text.add(id);
        }
        return id;
    }

    /** Takes what is known of the text since the last call; all of it, if the generation has ended and every token was read. */
    String takeText() {
        if (text == null) {
            return "";
        }
        String piece = text.take();
        return run.ended() && read == run.count() ? piece + text.takeRest() : piece;
    }

    /** The next token, or null if there is none yet, or no more. A rest of the text behind the last one has an id of -1. */
    GeneratedToken nextToken() {
        int id = next();
        String piece = takeText();
        return id < 0 && piece.isEmpty() ? null : new GeneratedToken(id, piece);
    }

    /** Tells a listener what it has not been told. */
    void tell(GenerationListener listener) {
        int id;
        while ((id = next()) >= 0) {
            listener.token(id);
            tellText(listener);
        }
        tellText(listener);
    }

    private void tellText(GenerationListener listener) {
        String piece = takeText();
        if (!piece.isEmpty()) {
            listener.text(piece);
        }
    }

    /** What was generated so far. */
    Generation result() {
        while (next() >= 0) {
            takeText();
        }
        takeText();
        return run.result(text == null ? "" : text.all(), text == null ? null : text.stop());
    }
}
