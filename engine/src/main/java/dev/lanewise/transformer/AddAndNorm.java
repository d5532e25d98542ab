package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.parallel.Crew;

/**
 * The add and norm boxes of one sublayer: which norms stand before it, behind it and behind the sum, and how its output is
 * added to the hidden state.
 *
 * @param input the norm of its input, or null
 * @param output the norm of its output, or null
 * @param sum the norm of the residual sum, or null
 * @param scale of its output in the sum
 */
record AddAndNorm(Norm input, Norm output, Norm sum, float scale) {

    /** What the sublayer reads: the hidden state, or the norm of it in {@code session.normed()}. */
    float[] enter(Session session) {
        if (input == null) {
            return session.hidden();
        }
        session.rows().normalize(input);
        return session.normed();
    }

    /** {@code session.hidden() = sum(session.hidden() + scale * output(sublayer))}. */
    void leave(Session session, float[] sublayer) {
        session.rows().add(this, sublayer);
    }

    private void row(Kernels kernels, float[] hidden, float[] sublayer, int at, int width, int stride) {
        if (output != null) {
            output.row(kernels, sublayer, at, sublayer, at, width);
        }
        kernels.addScaled(hidden, at, sublayer, at, scale, stride);
        if (sum != null) {
            sum.row(kernels, hidden, at, hidden, at, width);
        }
    }

    /** All rows in parallel. One a session, reused. */
    static final class Rows {
        private static final int BLOCK = 32;

        private final Session session;
        private final Crew.Job normalizing = this::normalize;
        private final Crew.Job adding = this::add;
        private Norm norm;
        private float[] normed;
        private AddAndNorm box;
        private float[] sublayer;

        Rows(Session session) {
            this.session = session;
        }

        private void normalize(Norm norm) {
            normalize(norm, session.normed());
        }

        /** {@code session.hidden() = norm(session.hidden())}. */
        void normalizeInPlace(Norm norm) {
            normalize(norm, session.hidden());
        }

        private void normalize(Norm norm, float[] output) {
            this.norm = norm;
            this.normed = output;
            session.run(normalizing, tasks());
        }

        private void add(AddAndNorm box, float[] sublayer) {
            this.box = box;
            this.sublayer = sublayer;
            session.run(adding, tasks());
        }

        private int tasks() {
            return (session.batch().tokens() + BLOCK - 1) / BLOCK;
        }

        private void normalize(int task, int member) {
            int last = Math.min(session.batch().tokens(), (task + 1) * BLOCK);
            for (int row = task * BLOCK; row < last; row++) {
                int at = row * session.stride();
                norm.row(session.kernels(), normed, at, session.hidden(), at, session.width());
            }
        }

        private void add(int task, int member) {
            int last = Math.min(session.batch().tokens(), (task + 1) * BLOCK);
            for (int row = task * BLOCK; row < last; row++) {
                box.row(session.kernels(), session.hidden(), sublayer, row * session.stride(), session.width(),
                        session.stride());
            }
        }
    }
}
