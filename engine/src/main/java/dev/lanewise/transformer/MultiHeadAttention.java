package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.kernel.ScoreRule;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.AttentionSpec.Scope;

/**
 * The multi-head attention box: queries, keys and values of every head by linear maps, normalised and rotated where the
 * specification says so, scaled dot-product attention of each head within each text, and a linear map of the heads' outputs
 * side by side. In cross-attention keys and values are those of an {@link EncodedSource}, made by {@link #encode}.
 */
final class MultiHeadAttention {
    private final int layer;
    private final AttentionSpec spec;
    private final ScoreRule rule;
    private final ScoreBias bias; // null where scores have none
    private final boolean cross;
    private final Linear[] queryKeyValue; // in cross-attention, the map to queries alone
    private final Linear[] keyValue; // of cross-attention
    private final Norm queryNorm; // null where queries are not normalised
    private final Norm keyNorm;
    private final Linear[] output;

    /**
     * @param layer its layer in the stack
     * @param causal whether a token sees only those before it, and itself
     * @param cross whether keys and values are a source's
     */
    MultiHeadAttention(Weights weights, String name, int layer, AttentionSpec spec, boolean causal, boolean cross) {
        this.layer = layer;
        this.spec = spec;
        this.cross = cross;
        this.bias = ScoreBias.of(weights, name, spec);
        int before = spec.window() == 0 ? ScoreRule.ALL : spec.window() - 1;
        this.rule = new ScoreRule((float) spec.scale(), (float) spec.softCap(), before, causal ? 0 : before);
        Linear query = weights.linear(name + ".query");
        Linear key = weights.linear(name + ".key");
        Linear value = weights.linear(name + ".value");
        this.queryKeyValue = cross ? new Linear[]{query} : new Linear[]{query, key, value};
        this.keyValue = new Linear[]{key, value};
        boolean normed = spec.queryKeyNorm() != null;
        this.queryNorm = normed ? weights.norm(name + ".query_norm", spec.queryKeyNorm().norm()) : null;
        this.keyNorm = normed ? weights.norm(name + ".key_norm", spec.queryKeyNorm().norm()) : null;
        this.output = new Linear[]{weights.linear(name + ".output")};
    }

    /**
     * {@code session.attended() = attention(input)}.
     *
     * @param input {@code [tokens][session.stride()]}
     */
    void forward(Session session, float[] input) {
        int rows = session.batch().tokens();
        session.projection().apply(queryKeyValue, session.queryKeyValue(), input, session.stride(), rows, null, false);
        if (queryNorm != null || spec.rotary() != null) {
            session.positions().turn(this);
        }
        session.heads().attend(layer, spec, rule, cross, bias);
        session.projection().apply(output, session.attended(), session.context(), session.stride(spec.queryWidth()),
                rows, null, false);
    }

    /** Keys and values of the encoder's output in {@code source.hidden()}, of cross-attention. */
    void encode(Session source, EncodedSource[] sources) {
        source.projection().apply(keyValue, source.keyValue(), source.hidden(), source.stride(),
                source.batch().tokens(),
                null, false);
        source.heads().encode(layer, spec, sources);
    }

    /** Norm and rotation of the queries and keys of one token. */
    private void turn(Session session, Rotary rotary, int token) {
        Kernels kernels = session.kernels();
        turn(kernels, rotary, queryNorm, session.queryKeyValue()[0], token * session.stride(spec.queryWidth()),
                spec.heads(),
                token);
        turn(kernels, rotary, keyNorm, session.queryKeyValue()[1], token * session.stride(spec.keyValueWidth()),
                spec.keyValueHeads(), token);
    }

    private void turn(Kernels kernels, Rotary rotary, Norm norm, float[] x, int at, int heads, int token) {
        int size = spec.headSize();
        if (norm != null && spec.queryKeyNorm().scope() == Scope.ALL) {
            norm.row(kernels, x, at, x, at, heads * size);
        }
        for (int head = 0; head < heads; head++) {
            if (norm != null && spec.queryKeyNorm().scope() == Scope.HEAD) {
                norm.row(kernels, x, at + head * size, x, at + head * size, size, head * size);
            }
            if (rotary != null) {
                rotary.turn(kernels, x, at + head * size, token);
            }
        }
    }

    /** All tokens in parallel. One a session, reused. */
    static final class Positions implements Crew.Job {
        private static final int BLOCK = 32;

        private final Session session;
        private MultiHeadAttention box;
        private Rotary rotary; // null where nothing is rotated

        Positions(Session session) {
            this.session = session;
        }

        private void turn(MultiHeadAttention box) {
            this.box = box;
            this.rotary = box.spec.rotary() == null ? null : session.rotary(box.spec.rotary());
            session.run(this, (session.batch().tokens() + BLOCK - 1) / BLOCK);
        }

        @Override
        public void run(int task, int member) {
            int last = Math.min(session.batch().tokens(), (task + 1) * BLOCK);
            for (int token = task * BLOCK; token < last; token++) {
                box.turn(session, rotary, token);
            }
        }
    }
}
