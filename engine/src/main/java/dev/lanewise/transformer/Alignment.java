package dev.lanewise.transformer;

import dev.lanewise.spec.AttentionSpec;

/**
 * What chosen heads of cross-attention look at: of every token of a pass the weights of its source, kept for who asks by
 * {@link Session#align}. Computed once more and slower than attention itself. Grows as needed; not thread-safe.
 */
public final class Alignment {
    private final int[] layers;
    private final int[] heads;
    private float[] weights = {}; // [chosen][tokens][longest source]
    private int tokens;
    private int longest;

    /**
     * @param layers of the heads that are chosen
     * @param heads as many, each a head of the layer at its place
     */
    public Alignment(int[] layers, int[] heads) {
        this.layers = layers.clone();
        this.heads = heads.clone();
    }

    /** How many heads are chosen. */
    public int heads() {
        return heads.length;
    }

    /** The weights of the last pass; those of a token begin {@link #at} and are as many as its source has tokens. */
    public float[] weights() {
        return weights;
    }

    /**
     * Where the weights of a token begin.
     *
     * @param chosen which of the chosen heads
     * @param token its number in the batch
     */
    public int at(int chosen, int token) {
        return (chosen * tokens + token) * longest;
    }

    /** Makes room for a pass. */
    void begin(Batch batch) {
        tokens = batch.tokens();
        longest = 0;
        for (int text = 0; text < batch.texts(); text++) {
            longest = Math.max(longest, batch.source(text).length());
        }
        int needed = Math.multiplyExact(heads.length * tokens, longest);
        if (needed > weights.length) {
            weights = new float[needed];
        }
    }

    /** Takes the weights of those heads that are in a layer, whose queries the session has. */
    void take(Session session, int layer, AttentionSpec spec) {
        Batch batch = session.batch();
        for (int i = 0; i < heads.length; i++) {
            for (int text = 0; text < batch.texts() && layers[i] == layer; text++) {
                for (int token = batch.start(text); token < batch.start(text + 1); token++) {
                    take(session, layer, spec, heads[i], batch.source(text), token, at(i, token));
                }
            }
        }
    }

    private void take(Session session, int layer, AttentionSpec spec, int head, EncodedSource source, int token,
            int at) {
        float[] queries = session.queryKeyValue()[0];
        int query = token * session.stride(spec.queryWidth()) + head * spec.headSize();
        int shared = head / (spec.heads() / spec.keyValueHeads());
        float most = Float.NEGATIVE_INFINITY;
        for (int key = 0; key < source.length(); key++) {
            double product = 0;
            for (int i = 0; i < spec.headSize(); i++) {
                product += queries[query + i] * source.key(layer, shared, key, i);
            }
            double score = product * spec.scale();
            weights[at + key] = (float) (spec.softCap() == 0
                    ? score
                    : spec.softCap() * StrictMath.tanh(score / spec.softCap()));
            most = Math.max(most, weights[at + key]);
        }
        double sum = 0;
        for (int key = 0; key < source.length(); key++) {
            sum += StrictMath.exp(weights[at + key] - most);
        }
        for (int key = 0; key < source.length(); key++) {
            weights[at + key] = (float) (StrictMath.exp(weights[at + key] - most) / sum);
        }
    }
}
