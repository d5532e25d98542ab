package dev.lanewise;

import dev.lanewise.error.ModelClosedException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.HeadSpec;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.transformer.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Says how well texts answer a query, reading each together with it (a cross-encoder). Thread-safe; any number of threads may
 * call it, as many as there are processors are served at once and the others wait.
 *
 * <p>The score of a pair has the same bits whatever else is in the call and whatever the number of threads. Pairs of one call
 * are computed together, without padding, any number of them.
 *
 * <p>Every method throws {@link ModelClosedException} after the model was closed, {@link TextTooLongException} for a pair of
 * more than {@link #maxTokens} tokens unless truncation was asked for and helps,
 * {@link UnsupportedModelException} for texts if the model has no tokenizer, and {@link IllegalArgumentException} for ids that
 * the model does not have.
 */
public final class Reranker {
    private final Model model;
    private final EncoderInput input;

    Reranker(Model model, Truncation truncation) {
        model.encoder(); // or the failure that says what it is
        HeadSpec head = model.spec().head();
        if (head == null || head.pooling() == null || head.outputs() != 1) {
            throw new UnsupportedModelException(model.file() + ": a reranker has a head with one score of a text; "
                    + (head == null
                            ? "this model has no head"
                            : "this one's has " + head.outputs()
                                    + (head.pooling() == null ? " of every token" : " labels, classify with it")));
        }
        this.model = model;
        input = new EncoderInput(model, head.maxTokens(), truncation);
    }

    /** How many tokens a query and a text may have together, the special ones included. */
    public int maxTokens() {
        return input.maxTokens();
    }

    /** The texts, those that answer the query best first; of equal ones, the first. */
    public List<RankedText> rerank(String query, List<String> texts) {
        List<RankedText> results = new ArrayList<>(texts.size());
        float[] logits = new float[texts.size()];
        List<Integer> tokens = new ArrayList<>(texts.size());
        boolean[] cut = new boolean[texts.size()];
        score(query, texts, logits, 0, tokens, cut);
        for (int i = 0; i < logits.length; i++) {
            results.add(RankedText.of(i, texts.get(i), logits[i], tokens.get(i), cut[i]));
        }
        results.sort(RankedText.BEST_FIRST);
        return results;
    }

    /** The logit of a pair: the greater, the better the text answers the query. */
    public float score(CharSequence query, CharSequence text) {
        SessionPool.Lease lease = model.begin();
        try {
            lease.session().batch().clear();
            input.add(lease, query, text);
            return compute(lease.session())[0];
        } finally {
            model.end(lease);
        }
    }

    /**
     * Writes the logits of a query with each of some texts. Allocates nothing once it has met as many texts of this length (texts
     * with characters outside Latin may cost a little for their normal form).
     *
     * @param texts quick to be read by index
     * @param out at least {@code outAt} and as many as there are texts long
     */
    public void score(CharSequence query, List<? extends CharSequence> texts, float[] out, int outAt) {
        score(query, texts, out, outAt, null, null);
    }

    private void score(CharSequence query, List<? extends CharSequence> texts, float[] out, int outAt,
            List<Integer> tokens, boolean[] cut) {
        int count = texts.size();
        Objects.checkFromIndexSize(outAt, count, out.length);
        SessionPool.Lease lease = model.begin();
        try {
            Session session = lease.session();
            session.batch().clear();
            int done = 0;
            for (int i = 0; i < count; i++) {
                if (session.batch().tokens() >= EncoderInput.BATCH_TOKENS) {
                    fill(session, out, outAt + done);
                    done = i;
                    session.batch().clear();
                }
                boolean shortened = input.add(lease, query, texts.get(i));
                if (tokens != null) {
                    tokens.add(lease.tokens().sizeBeforeTruncation());
                    cut[i] = shortened;
                }
            }
            fill(session, out, outAt + done);
        } finally {
            model.end(lease);
        }
    }

    /**
     * The logit of a pair as token ids, taken as they are: no special tokens are added.
     *
     * @param tokenTypes as long as the ids, or null for all 0
     */
    public float score(int[] ids, int[] tokenTypes) {
        input.check(ids, tokenTypes, 0, ids.length);
        SessionPool.Lease lease = model.begin();
        try {
            input.ids(lease, ids, tokenTypes, 0, ids.length);
            return compute(lease.session())[0];
        } finally {
            model.end(lease);
        }
    }

    private void fill(Session session, float[] out, int outAt) {
        int count = session.batch().texts();
        if (count == 0) {
            return;
        }
        float[] rows = compute(session);
        for (int i = 0; i < count; i++) {
            out[outAt + i] = rows[i * TensorInfo.padded(1)];
        }
    }

    private float[] compute(Session session) {
        model.encoder().forward(session);
        return model.encoder().logits(session);
    }
}
