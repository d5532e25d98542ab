package dev.lanewise.transformer;

import dev.lanewise.spec.DenseSpec;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.tensor.TensorInfo;
import java.util.List;

/** What stands upon an encoder: linear maps, one after the other, of pooled texts or of every token. */
final class DenseLayers {
    private final List<DenseSpec> specs; // of all but a last one that is a head's
    private final Linear[][] maps; // one each
    private final Norm[] norms; // null where a map has none
    private final long parameters;

    /**
     * @param name what the names of its tensors begin with
     * @param last behind all of those, or null
     */
    DenseLayers(Weights weights, String name, List<DenseSpec> specs, Linear last) {
        this.specs = specs;
        maps = new Linear[specs.size() + (last == null ? 0 : 1)][];
        norms = new Norm[maps.length];
        for (int i = 0; i < specs.size(); i++) {
            String dense = name + ".dense." + i;
            maps[i] = new Linear[]{weights.linear(dense)};
            norms[i] = specs.get(i).norm() == null ? null : weights.norm(dense + ".norm", specs.get(i).norm());
        }
        if (last != null) {
            maps[specs.size()] = new Linear[]{last};
        }
        long all = 0;
        for (Linear[] map : maps) {
            all += (long) map[0].inputs() * map[0].outputs();
        }
        parameters = all;
    }

    /**
     * Reads {@code session.hidden()}, after a pass.
     *
     * @param kind how texts are pooled, or null where every token is mapped
     * @return the maps' last output of every text, or token: {@code [rows][padded width]}, until the next call
     */
    float[] forward(Session session, PoolingSpec.Kind kind) {
        int rows = kind == null ? session.batch().tokens() : session.batch().texts();
        int stride = session.stride();
        float[] input = session.hidden();
        if (kind != null) {
            input = session.dense(1, Math.multiplyExact(rows + Session.SLACK, stride))[0];
            for (int text = 0; text < rows; text++) {
                Pooling.pool(session, kind, text, input, text * stride);
            }
        }
        session.enter(rows, rows * parameters);
        try {
            for (int i = 0; i < maps.length; i++) {
                int wide = TensorInfo.padded(maps[i][0].outputs());
                float[][] output = session.dense(i % 2, Math.multiplyExact(rows + Session.SLACK, wide));
                session.projection().apply(maps[i], output, input, stride, rows,
                        i < specs.size() ? specs.get(i).activation() : null, false);
                input = output[0];
                stride = wide;
                for (int row = 0; norms[i] != null && row < rows; row++) {
                    norms[i].row(session.kernels(), input, row * stride, input, row * stride, maps[i][0].outputs());
                }
            }
        } finally {
            session.end();
        }
        return input;
    }
}
