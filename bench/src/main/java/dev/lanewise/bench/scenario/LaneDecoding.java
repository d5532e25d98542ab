package dev.lanewise.bench.scenario;

import dev.lanewise.GenerationOptions;
import dev.lanewise.GenerationSession;
import dev.lanewise.Generator;
import dev.lanewise.SessionOptions;
import dev.lanewise.bench.peer.Decoding;

/** Ours, through the public face: choosing the most probable token and making text of it are part of the time. */
final class LaneDecoding implements Decoding {
    private final Generator generator;
    private final GenerationSession session;

    /**
     * @param tokens how many there must be room for
     */
    LaneDecoding(Generator generator, int tokens) {
        this.generator = generator;
        session = generator.newSession(SessionOptions.defaults().withMaxTokens(tokens));
    }

    @Override
    public void prefill(int[] ids) {
        session.rewind(0);
        session.add(ids);
        decode(1);
    }

    @Override
    public void decode(int tokens) {
        session.generate(options(tokens));
    }

    @Override
    public void rewind(int tokens) {
        session.rewind(tokens);
    }

    @Override
    public float[] logits(int[] ids) {
        return generator.logits(ids)[ids.length - 1];
    }

    /** The session, which goes on where the last call ended. */
    GenerationSession session() {
        return session;
    }

    /** So many of the most probable tokens, whatever they are. */
    static GenerationOptions options(int tokens) {
        return GenerationOptions.builder().maxTokens(tokens).ignoreEnd(true).build();
    }

    @Override
    public void close() {}
}
