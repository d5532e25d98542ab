package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.spec.OutputSpec;
import dev.lanewise.spec.TransformerSpec;

/** The linear box at the top of a decoder: from hidden states to a logit for every id. The softmax is the sampler's. */
final class Head {
    private final OutputSpec spec;
    private final Norm norm; // null where there is none
    private final Linear[] linear; // one

    Head(Weights weights, TransformerSpec transformer) {
        spec = transformer.output();
        norm = transformer.stack().finalNorm()
                ? weights.norm(transformer.shape().prefix() + ".norm", transformer.stack().norm())
                : null;
        linear = new Linear[]{spec.tied()
                ? weights.linear("embedding.token", "output")
                : weights.linear("output")};
    }

    /** Reads rows of {@code session.hidden()}, writes {@code session.logits()}. */
    void forward(Session session, int[] tokens, int count) {
        float[] rows = session.beginLogits(count);
        try {
            int stride = session.stride();
            for (int i = 0; i < count; i++) {
                System.arraycopy(session.hidden(), tokens[i] * stride, rows, i * stride, stride);
                if (norm != null) {
                    norm.row(session.kernels(), rows, i * stride, rows, i * stride, session.width());
                }
            }
            float[][] logits = session.logitsOutput();
            session.projection().apply(linear, logits, rows, stride, count, null, false);
            finish(session.kernels(), logits[0], count * session.logitsStride());
        } finally {
            session.end();
        }
    }

    private void finish(Kernels kernels, float[] logits, int count) {
        if (spec.scale() != 1) {
            float scale = (float) spec.scale();
            for (int i = 0; i < count; i++) {
                logits[i] *= scale;
            }
        }
        if (spec.softCap() != 0) {
            kernels.softCap(logits, 0, count, (float) spec.softCap());
        }
    }
}
