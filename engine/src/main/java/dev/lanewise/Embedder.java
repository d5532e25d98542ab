package dev.lanewise;

import dev.lanewise.error.ModelClosedException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.serving.EmbeddingLoop;
import dev.lanewise.serving.EmbeddingRequest;
import dev.lanewise.serving.RequestQueue;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tokenizer.Tokens;
import dev.lanewise.transformer.Batch;
import dev.lanewise.transformer.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Turns texts into vectors. Thread-safe; any number of threads may call it, as many as there are processors are served at
 * once and the others wait.
 *
 * <p>A text's vector has the same bits whatever else is in the call and whatever the number of threads. Texts of one call are
 * computed together, without padding. Special tokens that are spelled out in a text count as such, as in the reference
 * implementation.
 *
 * <p>Every method throws {@link ModelClosedException} after the model was closed, {@link TextTooLongException} for a text of
 * more than {@link #maxTokens} tokens unless the options allow truncation, {@link UnsupportedModelException} for a text
 * if the model has no tokenizer, and {@link IllegalArgumentException} for ids that the model does not have.
 */
public final class Embedder {
    private final Model model;
    private final EncoderInput input;
    private final PoolingSpec.Kind pooling;
    private final boolean normalize;
    private final String prompt; // empty for none
    private final int width;

    Embedder(Model model, EmbedderOptions options) {
        model.encoder(); // or the failure that says what it is
        this.model = model;
        PoolingSpec said = model.spec().pooling();
        if (options.pooling() == null && said == null) {
            throw new UnsupportedModelException(model.file() + ": the file does not say how token vectors become one;"
                    + " say it with EmbedderOptions.withPooling");
        }
        pooling = options.pooling() == null ? said.kind() : PoolingSpec.Kind.valueOf(options.pooling().name());
        normalize = options.normalize() != null ? options.normalize() : said == null || said.normalize();
        prompt = model.contents().prompt(options.prompt());
        int all = model.spec().vectorWidth();
        if (options.dimensions() > all) {
            throw new IllegalArgumentException("the model's vectors have " + all + " dimensions, not "
                    + options.dimensions());
        }
        width = options.dimensions() == 0 ? all : options.dimensions();
        input = new EncoderInput(model, said == null ? 0 : said.maxTokens(),
                options.truncate() ? Truncation.LONGER : Truncation.REFUSE);
    }

    /** The length of a vector. */
    public int width() {
        return width;
    }

    /** How many tokens a text may have, the special ones and those of the prompt included. */
    public int maxTokens() {
        return input.maxTokens();
    }

    /** The vector of a text, in a new array of the model's width. */
    public float[] embed(String text) {
        float[] out = new float[width()];
        embed(text, out, 0);
        return out;
    }

    /**
     * Writes the vector of a text. Allocates nothing once it has met texts of this length (texts with characters outside
     * Latin may cost a little for their normal form).
     *
     * @param out at least {@code outAt + width} long
     */
    public void embed(CharSequence text, float[] out, int outAt) {
        Objects.checkFromIndexSize(outAt, width(), out.length);
        SessionPool.Lease lease = model.begin();
        try {
            lease.session().batch().clear();
            add(text, lease);
            compute(lease.session(), out, outAt);
        } finally {
            model.end(lease);
        }
    }

    /** The vectors of texts, {@code [texts][width]}. */
    public float[][] embedAll(List<String> texts) {
        List<TextEmbedding> results = embedTexts(texts);
        float[][] vectors = new float[results.size()][];
        for (int i = 0; i < vectors.length; i++) {
            vectors[i] = results.get(i).vector();
        }
        return vectors;
    }

    /** The vectors of texts, and what was done to each text. */
    public List<TextEmbedding> embedTexts(List<String> texts) {
        texts = List.copyOf(texts);
        List<TextEmbedding> results = new ArrayList<>(texts.size());
        float[] vectors = new float[Math.multiplyExact(texts.size(), width())];
        SessionPool.Lease lease = model.begin();
        try {
            Batch batch = lease.session().batch();
            batch.clear();
            int done = 0;
            for (String text : texts) {
                if (batch.tokens() >= EncoderInput.BATCH_TOKENS) {
                    compute(lease.session(), vectors, done * width());
                    done = results.size();
                    batch.clear();
                }
                boolean cut = add(text, lease);
                results.add(new TextEmbedding(new float[width()], lease.tokens().sizeBeforeTruncation(), cut));
            }
            compute(lease.session(), vectors, done * width());
        } finally {
            model.end(lease);
        }
        for (int i = 0; i < results.size(); i++) {
            System.arraycopy(vectors, i * width(), results.get(i).vector(), 0, width());
        }
        return results;
    }

    /** The vector of token ids, taken as they are: no special tokens are added. */
    public float[] embed(int[] ids) {
        float[] out = new float[width()];
        embed(ids, 0, ids.length, out, 0);
        return out;
    }

    /**
     * Writes the vector of token ids. Allocates nothing once it has met as many ids.
     *
     * @param from the first id
     * @param to behind the last
     * @param out at least {@code outAt + width} long
     */
    public void embed(int[] ids, int from, int to, float[] out, int outAt) {
        Objects.checkFromIndexSize(outAt, width(), out.length);
        input.check(ids, null, from, to);
        SessionPool.Lease lease = model.begin();
        try {
            input.ids(lease, ids, null, from, to);
            compute(lease.session(), out, outAt);
        } finally {
            model.end(lease);
        }
    }

    /**
     * The last hidden state: a vector for each token, before pooling.
     *
     * @param tokenTypes as long as the ids, or null for all 0
     * @return {@code [ids.length][model.width()]}, row behind row
     */
    public float[] hiddenStates(int[] ids, int[] tokenTypes) {
        input.check(ids, tokenTypes, 0, ids.length);
        int hidden = model.width();
        float[] out = new float[Math.multiplyExact(ids.length, hidden)];
        SessionPool.Lease lease = model.begin();
        try {
            Session session = lease.session();
            input.ids(lease, ids, tokenTypes, 0, ids.length);
            model.encoder().forward(session);
            for (int token = 0; token < ids.length; token++) {
                System.arraycopy(session.hidden(), token * session.stride(), out, token * hidden, hidden);
            }
        } finally {
            model.end(lease);
        }
        return out;
    }

    /** Adds a text to the batch; says whether it was cut. */
    private boolean add(CharSequence text, SessionPool.Lease lease) {
        if (prompt.isEmpty()) {
            return input.add(lease, text, null);
        }
        lease.prompted().setLength(0);
        return input.add(lease, lease.prompted().append(prompt).append(Objects.requireNonNull(text, "text")), null);
    }

    /** A text as a scheduler takes it. */
    EmbeddingRequest request(String text, long limit, boolean direct) {
        Tokens tokens = new Tokens();
        input.encode(tokens, prompt.concat(text), null);
        return new EmbeddingRequest(tokens.copyOfIds(),
                input.hasTypes() ? Arrays.copyOf(tokens.typeIds(), tokens.size()) : null, width, limit, direct);
    }

    /** Ids as a scheduler takes them. */
    EmbeddingRequest request(int[] ids, long limit, boolean direct) {
        input.check(ids, null, 0, ids.length);
        return new EmbeddingRequest(ids.clone(), null, width, limit, direct);
    }

    /** What computes the same for many callers. */
    EmbeddingLoop loop(Session session, int batchTokens, RequestQueue<EmbeddingRequest> queue) {
        return new EmbeddingLoop(model.encoder(), session, pooling, normalize,
                TensorInfo.padded(model.spec().vectorWidth()), batchTokens, queue);
    }

    private void compute(Session session, float[] out, int outAt) {
        if (session.batch().texts() == 0) {
            return;
        }
        model.encoder().forward(session);
        float[] vectors = model.encoder().vectors(session, pooling);
        int stride = TensorInfo.padded(model.spec().vectorWidth());
        for (int text = 0; text < session.batch().texts(); text++) {
            int at = outAt + text * width;
            System.arraycopy(vectors, text * stride, out, at, width);
            if (normalize) {
                dev.lanewise.transformer.Pooling.normalize(out, at, width);
            }
        }
    }
}
