package dev.lanewise;

import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * Tokens as they are generated: {@link #next} computes one, on the caller's thread. Whoever stops asking leaves nothing behind;
 * the session can go on with something else, after which this stream must not be used. Not thread-safe;
 * {@link GenerationSession#cancel} may be called by any thread.
 */
public final class GenerationStream implements Iterator<GeneratedToken> {
    private final GenerationSession session;
    private final GenerationRun run;
    private final GenerationReader reader;
    private boolean stepped; // and the token not yet taken

    GenerationStream(GenerationSession session, GenerationRun run) {
        this.session = session;
        this.run = run;
        reader = new GenerationReader(run);
    }

    /** Whether there is another token; computes it. */
    @Override
    public boolean hasNext() {
        if (!stepped && !run.ended()) {
            stepped = session.step(run);
        }
        return stepped;
    }

    /** The next token. */
    @Override
    public GeneratedToken next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the generation has ended: " + reader.result().finish());
        }
        stepped = false;
        reader.next();
        return new GeneratedToken(run.id(run.count() - 1), reader.takeText());
    }

    /**
     * What was generated so far. After the last token it says how the generation ended; its text then may have some characters
     * more than those of the tokens, which were held back as they could have become a stop string.
     *
     * @return with a finish reason of null if it has not ended
     */
    public Generation result() {
        return reader.result();
    }
}
