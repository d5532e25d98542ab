package dev.lanewise;

import dev.lanewise.error.ModelClosedException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.HeadSpec;
import dev.lanewise.spec.HeadSpec.Scores;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.transformer.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Says which labels a text has. Thread-safe; any number of threads may call it, as many as there are processors are served at
 * once and the others wait.
 *
 * <p>A text's logits have the same bits whatever else is in the call and whatever the number of threads.
 *
 * <p>Every method throws {@link ModelClosedException} after the model was closed, {@link TextTooLongException} for a text of
 * more than {@link #maxTokens} tokens unless truncation was asked for, {@link UnsupportedModelException} for a text if
 * the model has no tokenizer, and {@link IllegalArgumentException} for ids that the model does not have.
 */
public final class Classifier {
    private final Model model;
    private final EncoderInput input;
    private final HeadSpec head;
    private final List<String> labels;

    Classifier(Model model, Truncation truncation) {
        model.encoder(); // or the failure that says what it is
        head = model.spec().head();
        if (head == null) {
            throw new UnsupportedModelException(
                    model.file() + ": the model has no head that classifies, only vectors; embed with it");
        }
        this.model = model;
        input = new EncoderInput(model, head.maxTokens(), truncation);
        labels = head.labels().isEmpty() ? numbers(head.outputs()) : head.labels();
    }

    private static List<String> numbers(int count) {
        List<String> numbers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            numbers.add(Integer.toString(i));
        }
        return List.copyOf(numbers);
    }

    /** The labels, in the order of logits; their numbers where the model's file has no names for them. */
    public List<String> labels() {
        return labels;
    }

    /** How many tokens a text, or a pair of texts, may have, the special ones included. */
    public int maxTokens() {
        return input.maxTokens();
    }

    /** Whether every token has logits, instead of the text: such a model classifies ids alone, see {@link #logits(int[], int[])}. */
    public boolean ofTokens() {
        return head.pooling() == null;
    }

    /** What a text is. */
    public Classification classify(String text) {
        return classifyAll(List.of(text)).getFirst();
    }

    /** What a pair of texts is, such as a claim and what may follow from it. */
    public Classification classify(String first, String second) {
        return all(List.of(first), Objects.requireNonNull(second)).getFirst();
    }

    /** What texts are, computed together without padding. */
    public List<Classification> classifyAll(List<String> texts) {
        return all(texts, null);
    }

    private List<Classification> all(List<String> texts, String second) {
        checkOfTexts();
        List<Classification> results = new ArrayList<>(texts.size());
        int count = labels.size();
        SessionPool.Lease lease = model.begin();
        try {
            Session session = lease.session();
            session.batch().clear();
            int done = 0;
            for (String text : texts) {
                if (session.batch().tokens() >= EncoderInput.BATCH_TOKENS) {
                    fill(session, results, done);
                    done = results.size();
                    session.batch().clear();
                }
                boolean cut = input.add(lease, text, second);
                results.add(new Classification(labels, new float[count], new float[count],
                        lease.tokens().sizeBeforeTruncation(), cut));
            }
            fill(session, results, done);
        } finally {
            model.end(lease);
        }
        return results;
    }

    private void fill(Session session, List<Classification> results, int from) {
        if (from == results.size()) {
            return;
        }
        float[] rows = compute(session);
        for (int i = from; i < results.size(); i++) {
            Classification result = results.get(i);
            System.arraycopy(rows, (i - from) * stride(), result.logits(), 0, labels.size());
            probabilities(result.logits(), 0, result.probabilities(), 0);
        }
    }

    /**
     * Writes the logits of a text. Allocates nothing once it has met texts of this length (texts with characters outside Latin
     * may cost a little for their normal form).
     *
     * @param out at least {@code outAt} and as many as there are labels long
     */
    public void logits(CharSequence text, float[] out, int outAt) {
        logits(text, null, out, outAt);
    }

    /** The same for a pair of texts. */
    public void logits(CharSequence first, CharSequence second, float[] out, int outAt) {
        Objects.checkFromIndexSize(outAt, labels.size(), out.length);
        checkOfTexts();
        SessionPool.Lease lease = model.begin();
        try {
            lease.session().batch().clear();
            input.add(lease, first, second);
            System.arraycopy(compute(lease.session()), 0, out, outAt, labels.size());
        } finally {
            model.end(lease);
        }
    }

    /**
     * The logits of token ids, taken as they are: no special tokens are added.
     *
     * @param tokenTypes as long as the ids, or null for all 0
     * @return {@code [1][labels]}, or where the head is {@link #ofTokens}, {@code [ids.length][labels]}
     */
    public float[][] logits(int[] ids, int[] tokenTypes) {
        input.check(ids, tokenTypes, 0, ids.length);
        float[][] out = new float[ofTokens() ? ids.length : 1][];
        SessionPool.Lease lease = model.begin();
        try {
            input.ids(lease, ids, tokenTypes, 0, ids.length);
            float[] rows = compute(lease.session());
            for (int i = 0; i < out.length; i++) {
                out[i] = Arrays.copyOfRange(rows, i * stride(), i * stride() + labels.size());
            }
        } finally {
            model.end(lease);
        }
        return out;
    }

    /**
     * Makes probabilities of the logits of a text: those of one label among all, or of each by itself, as the model's file says;
     * logits of a model that predicts numbers stay. Allocates nothing.
     *
     * @param out may be {@code logits}
     */
    public void probabilities(float[] logits, int logitsAt, float[] out, int outAt) {
        int count = labels.size();
        Objects.checkFromIndexSize(logitsAt, count, logits.length);
        Objects.checkFromIndexSize(outAt, count, out.length);
        if (head.scores() == Scores.SOFTMAX) {
            float most = logits[logitsAt];
            for (int i = 1; i < count; i++) {
                most = Math.max(most, logits[logitsAt + i]);
            }
            double sum = 0;
            for (int i = 0; i < count; i++) {
                sum += StrictMath.exp(logits[logitsAt + i] - most);
            }
            for (int i = 0; i < count; i++) {
                out[outAt + i] = (float) (StrictMath.exp(logits[logitsAt + i] - most) / sum);
            }
        } else {
            for (int i = 0; i < count; i++) {
                float logit = logits[logitsAt + i];
                out[outAt + i] = head.scores() == Scores.SIGMOID ? sigmoid(logit) : logit;
            }
        }
    }

    static float sigmoid(float logit) {
        return (float) (1 / (1 + StrictMath.exp(-logit)));
    }

    private void checkOfTexts() {
        if (ofTokens()) {
            throw new UnsupportedModelException(model.file()
                    + ": the model's head is of every token, not of texts; take the logits of ids");
        }
    }

    private float[] compute(Session session) {
        model.encoder().forward(session);
        return model.encoder().logits(session);
    }

    private int stride() {
        return TensorInfo.padded(labels.size());
    }
}
