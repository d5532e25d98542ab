package dev.lanewise;

import dev.lanewise.error.TextTooLongException;
import dev.lanewise.tensor.DataType;
import dev.lanewise.transformer.Decoder;
import dev.lanewise.transformer.KeyValueCache;
import dev.lanewise.transformer.Session;

/** What a model that generates text is asked for. Immutable and thread-safe. */
public final class Generator {
    /** Tokens that go through the layers at once: more would need larger buffers and gain no speed. */
    private static final int CHUNK = 512;

    private final Model model;
    private final Decoder decoder;

    Generator(Model model) {
        this.model = model;
        this.decoder = model.decoder();
    }

    /**
     * The raw output of the network: at every position, a logit for each id that may come next.
     *
     * @return {@code [ids.length][vocabulary]}
     * @throws TextTooLongException if there are more ids than the model has positions
     */
    public float[][] logits(int[] ids) {
        model.checkIds(ids, 0, ids.length);
        if (ids.length > model.maxTokens()) {
            throw new TextTooLongException(ids.length, model.maxTokens());
        }
        float[][] out = new float[ids.length][model.vocabulary()];
        KeyValueCache cache = new KeyValueCache(model.spec().stack(), DataType.F32, ids.length);
        SessionPool.Lease lease = model.begin();
        try {
            Session session = lease.session();
            int[] token = new int[1];
            for (int from = 0; from < ids.length; from += CHUNK) {
                int to = Math.min(ids.length, from + CHUNK);
                session.batch().clear();
                session.batch().add(ids, from, to, cache);
                decoder.forward(session, () -> false);
                for (int i = from; i < to; i++) {
                    token[0] = i - from;
                    decoder.logits(session, token, 1);
                    System.arraycopy(session.logits(), 0, out[i], 0, out[i].length);
                }
            }
        } finally {
            model.end(lease);
        }
        return out;
    }
}
