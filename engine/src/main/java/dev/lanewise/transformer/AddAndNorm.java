package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.parallel.Crew;
import java.lang.foreign.MemorySegment;

/**
 * The add and norm box behind a sublayer: layer normalisation of the residual sum.
 *
 * @param width of a row
 * @param weight {@code [padded width]} floats
 * @param bias {@code [padded width]} floats
 * @param epsilon added to the variance
 */
record AddAndNorm(int width, MemorySegment weight, MemorySegment bias, float epsilon) {

    /** {@code session.hidden() = norm(session.hidden() + session.sublayer())}. */
    void forward(Session session) {
        session.rows().normalize(this);
    }

    /** {@code out = norm(x + residual)}, one row. */
    void row(Kernels kernels, float[] out, int outAt, float[] x, int xAt, float[] residual, int residualAt) {
        kernels.addAndLayerNorm(out, outAt, x, xAt, residual, residualAt, width, weight, bias, epsilon);
    }

    /** All rows in parallel. One a session, reused. */
    static final class Rows implements Crew.Job {
        private static final int BLOCK = 32;

        private final Session session;
        private AddAndNorm box;

        Rows(Session session) {
            this.session = session;
        }

        private void normalize(AddAndNorm box) {
            this.box = box;
            session.run(this, (session.batch().tokens() + BLOCK - 1) / BLOCK);
        }

        @Override
        public void run(int task, int member) {
            int last = Math.min(session.batch().tokens(), (task + 1) * BLOCK);
            float[] hidden = session.hidden();
            for (int row = task * BLOCK; row < last; row++) {
                int at = row * session.stride();
                box.row(session.kernels(), hidden, at, session.sublayers()[0], at, hidden, at);
            }
        }
    }
}
