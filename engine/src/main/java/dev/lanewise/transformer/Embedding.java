package dev.lanewise.transformer;

import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.TransformerSpec;

/** The embedding box: the vectors of a token, its type and its position, added and normalised. */
final class Embedding {
    private final Table tokens;
    private final float scale;
    private final Table types; // null where tokens have no types
    private final PositionEncoding positions;
    private final Norm norm; // null where there is none

    Embedding(Weights weights, TransformerSpec spec) {
        tokens = weights.table("embedding.token");
        scale = (float) spec.embedding().scale();
        types = spec.embedding().tokenTypes() > 0 ? weights.table("embedding.token_type") : null;
        positions = new PositionEncoding(weights, spec.position());
        norm = spec.embedding().norm() == null ? null : weights.norm("embedding.norm", spec.embedding().norm());
    }

    /** {@code session.hidden() = embedding(session.batch())}. */
    void forward(Session session) {
        session.tokens().embed(this);
    }

    private void row(Session session, int token) {
        Batch batch = session.batch();
        float[] hidden = session.hidden();
        float[] other = session.attended()[0];
        int stride = session.stride();
        int at = token * stride;
        tokens.row(session.kernels(), hidden, at, batch.id(token));
        if (scale != 1) {
            for (int i = at; i < at + stride; i++) {
                hidden[i] *= scale;
            }
        }
        if (types != null) {
            types.row(session.kernels(), other, at, batch.type(token));
            session.kernels().addScaled(hidden, at, other, at, 1, stride);
        }
        if (positions.isAdded()) {
            positions.row(session.kernels(), other, at, batch.position(token));
            session.kernels().addScaled(hidden, at, other, at, 1, stride);
        }
        if (norm != null) {
            norm.row(session.kernels(), hidden, at, hidden, at, session.width());
        }
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
                box.row(session, token);
            }
        }
    }
}
