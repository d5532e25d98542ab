package dev.lanewise.transformer;

import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.SourceSpec;
import dev.lanewise.spec.StemSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.TensorInfo;

/**
 * The embedding box: the vectors of a token, its type and its position, added and normalised. Where a {@link Stem} reads
 * features, its vectors stand for those of tokens. Where all this is narrower than the stack, a map widens it.
 */
final class Embedding {
    private final Stem stem; // null where there are ids
    private final Table tokens; // null where there is a stem
    private final float scale;
    private final Table types; // null where tokens have no types
    private final PositionEncoding positions;
    private final Norm norm; // null where there is none
    private final int width;
    private final int stride;
    private final Linear[] projection; // one, null where nothing is narrower

    Embedding(Weights weights, TransformerSpec spec) {
        this(weights, "embedding", "embedding.token", spec.embedding(), spec.position(), null, spec.stack().width());
    }

    /** That of the encoder beside a decoder. */
    Embedding(Weights weights, SourceSpec spec) {
        this(weights, "source", spec.tied() ? "embedding.token" : "source.token", spec.embedding(), spec.position(),
                spec.stem(), spec.stack().width());
    }

    private Embedding(Weights weights, String name, String token, EmbeddingSpec spec, PositionSpec position,
            StemSpec stem, int stack) {
        this.stem = stem == null ? null : new Stem(weights, stem);
        positions = new PositionEncoding(weights, name + ".position", position);
        boolean ids = stem == null;
        tokens = ids ? weights.table(token) : null;
        scale = ids ? (float) spec.scale() : 1;
        types = ids && spec.tokenTypes() > 0 ? weights.table(name + ".token_type") : null;
        norm = ids && spec.norm() != null ? weights.norm(name + ".norm", spec.norm()) : null;
        width = ids ? spec.width(stack) : stack;
        stride = TensorInfo.padded(width);
        projection = !ids || spec.width() == 0 ? null : new Linear[]{weights.linear(name + ".projection")};
    }

    /** {@code session.hidden() = embedding(session.batch())}. */
    void forward(Session session) {
        if (stem != null) {
            stem.forward(session);
        }
        session.tokens().embed(this);
        if (projection != null) {
            session.projection().apply(projection, session.hiddenOutput(), rows(session), stride,
                    session.batch().tokens(), null, false);
        }
    }

    /** Where rows are made: nothing has been fed forward yet. */
    private float[] rows(Session session) {
        return projection == null ? session.hidden() : session.fedForward()[0];
    }

    private void row(Session session, int token) {
        Batch batch = session.batch();
        float[] hidden = rows(session);
        float[] other = session.attended()[0];
        int at = token * stride;
        if (tokens != null) {
            tokens.row(session.kernels(), hidden, at, batch.id(token));
        }
        if (scale != 1) {
            for (int i = at; i < at + stride; i++) {
                hidden[i] *= scale;
            }
        }
        if (types != null) {
            types.row(session.kernels(), other, at, batch.type(token));
            session.kernels().addScaled(hidden, at, other, at, 1, stride);
        }
        positions.add(session, hidden, token, stride);
        if (norm != null) {
            norm.row(session.kernels(), hidden, at, hidden, at, width);
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
