package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.TransformerSpec;
import java.util.Arrays;

/** The embedding box: the vectors of a token, its type and its position, added and normalised. */
final class Embedding {
    private final Weights.Table tokens;
    private final Weights.Table types; // null where tokens have no types
    private final PositionEncoding positions;
    private final AddAndNorm norm;

    Embedding(Weights weights, TransformerSpec spec) {
        tokens = weights.table("embedding.token");
        types = spec.embedding().tokenTypes() > 0 ? weights.table("embedding.token_type") : null;
        positions = new PositionEncoding(weights, spec.position());
        norm = weights.norm("embedding.norm", spec.embedding().norm().epsilon());
    }

    /** {@code session.hidden() = embedding(session.batch())}. */
    void forward(Session session) {
        session.tokens().embed(this);
    }

    private void row(Kernels kernels, Batch batch, int token, float[] hidden, float[] sublayer, int stride) {
        int at = token * stride;
        Arrays.fill(hidden, at, at + stride, 0);
        Arrays.fill(sublayer, at, at + stride, 0);
        tokens.addRow(kernels, hidden, at, batch.id(token));
        if (types != null) {
            types.addRow(kernels, hidden, at, batch.type(token));
        }
        positions.addTo(kernels, sublayer, at, batch.position(token));
        norm.row(kernels, hidden, at, hidden, at, sublayer, at);
    }

    /** All tokens in parallel. One a session, reused. */
    static final class Tokens implements Crew.Job {
        private static final int BLOCK = 32;

        private final Session session;
        private Embedding box;

        Tokens(Session session) {
            this.session = session;
        }

        private void embed(Embedding box) {
            this.box = box;
            session.run(this, (session.batch().tokens() + BLOCK - 1) / BLOCK);
        }

        @Override
        public void run(int task, int member) {
            int last = Math.min(session.batch().tokens(), (task + 1) * BLOCK);
            for (int token = task * BLOCK; token < last; token++) {
                box.row(session.kernels(), session.batch(), token, session.hidden(), session.sublayers()[0],
                        session.stride());
            }
        }
    }
}
