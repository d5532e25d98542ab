package dev.lanewise;

import dev.lanewise.error.ModelClosedException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.serving.EmbeddingRequest;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokenizer;
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
 * more than {@link Model#maxTokens} tokens unless the options allow truncation, {@link UnsupportedModelException} for a text
 * if the model has no tokenizer, and {@link IllegalArgumentException} for ids that the model does not have.
 */
public final class Embedder {
    /** Tokens computed together, at most, unless a single text has more: enough for full speed, and it bounds the memory. */
    private static final int BATCH_TOKENS = 1024;

    private final Model model;
    private final PoolingSpec pooling;
    private final boolean truncate;

    Embedder(Model model, EmbedderOptions options) {
        model.encoder(); // or the failure that says what it is
        this.model = model;
        PoolingSpec said = model.spec().pooling();
        if (options.pooling() == null && said == null) {
            throw new UnsupportedModelException(model.file() + ": the file does not say how token vectors become one;"
                    + " say it with EmbedderOptions.withPooling");
        }
        PoolingSpec.Kind kind = options.pooling() == null
                ? said.kind()
                : PoolingSpec.Kind.valueOf(options.pooling().name());
        boolean normalize = options.normalize() != null ? options.normalize() : said == null || said.normalize();
        this.pooling = new PoolingSpec(kind, normalize);
        this.truncate = options.truncate();
    }

    /** The length of a vector. */
    public int width() {
        return model.width();
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
        Tokenizer tokenizer = model.tokenizer();
        SessionPool.Lease lease = model.begin();
        try {
            lease.session().batch().clear();
            add(tokenizer, text, lease);
            compute(lease.session(), out, outAt);
        } finally {
            model.end(lease);
        }
    }

    /** The vectors of texts, {@code [texts][width]}. */
    public float[][] embedAll(List<String> texts) {
        return embedTexts(texts).stream().map(TextEmbedding::vector).toArray(float[][]::new);
    }

    /** The vectors of texts, and what was done to each text. */
    public List<TextEmbedding> embedTexts(List<String> texts) {
        texts = List.copyOf(texts);
        Tokenizer tokenizer = model.tokenizer();
        List<TextEmbedding> results = new ArrayList<>(texts.size());
        float[] vectors = new float[Math.multiplyExact(texts.size(), width())];
        SessionPool.Lease lease = model.begin();
        try {
            Batch batch = lease.session().batch();
            batch.clear();
            int done = 0;
            for (String text : texts) {
                if (batch.tokens() >= BATCH_TOKENS) {
                    compute(lease.session(), vectors, done * width());
                    done = results.size();
                    batch.clear();
                }
                boolean cut = add(tokenizer, text, lease);
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
        checkIds(ids, null, from, to);
        SessionPool.Lease lease = model.begin();
        try {
            lease.session().batch().clear();
            lease.session().batch().add(ids, null, from, to);
            compute(lease.session(), out, outAt);
        } finally {
            model.end(lease);
        }
    }

    /**
     * The last hidden state: a vector for each token, before pooling.
     *
     * @param tokenTypes as long as the ids, or null for all 0
     * @return {@code [ids.length][width]}, row behind row
     */
    public float[] hiddenStates(int[] ids, int[] tokenTypes) {
        checkIds(ids, tokenTypes, 0, ids.length);
        float[] out = new float[Math.multiplyExact(ids.length, width())];
        SessionPool.Lease lease = model.begin();
        try {
            Session session = lease.session();
            session.batch().clear();
            session.batch().add(ids, tokenTypes, 0, ids.length);
            model.encoder().forward(session);
            for (int token = 0; token < ids.length; token++) {
                System.arraycopy(session.hidden(), token * session.stride(), out, token * width(), width());
            }
        } finally {
            model.end(lease);
        }
        return out;
    }

    /** Adds a text to the batch; says whether it was cut. */
    private boolean add(Tokenizer tokenizer, CharSequence text, SessionPool.Lease lease) {
        Tokens tokens = lease.tokens();
        boolean cut = encode(tokenizer, text, tokens);
        lease.session().batch().add(tokens.ids(), hasTypes() ? tokens.typeIds() : null, 0, tokens.size());
        return cut;
    }

    /** A text as a scheduler takes it. */
    EmbeddingRequest request(String text, long limit, boolean direct) {
        Tokens tokens = new Tokens();
        encode(model.tokenizer(), text, tokens);
        return new EmbeddingRequest(tokens.copyOfIds(),
                hasTypes() ? Arrays.copyOf(tokens.typeIds(), tokens.size()) : null, width(), limit, direct);
    }

    /** Ids as a scheduler takes them. */
    EmbeddingRequest request(int[] ids, long limit, boolean direct) {
        checkIds(ids, null, 0, ids.length);
        return new EmbeddingRequest(ids.clone(), null, width(), limit, direct);
    }

    PoolingSpec poolingSpec() {
        return pooling;
    }

    private boolean hasTypes() {
        return model.spec().embedding().tokenTypes() > 0;
    }

    /** The tokens of a text; says whether it was cut. */
    private boolean encode(Tokenizer tokenizer, CharSequence text, Tokens tokens) {
        tokenizer.encode(text, EncodeOptions.DEFAULT, tokens);
        boolean cut = tokens.size() > model.maxTokens();
        if (cut) {
            if (!truncate) {
                throw new TextTooLongException(tokens.size(), model.maxTokens());
            }
            tokens.truncate(model.maxTokens());
        }
        if (tokens.size() == 0) {
            throw new IllegalArgumentException("the text has no tokens: there is nothing to embed");
        }
        return cut;
    }

    private void compute(Session session, float[] out, int outAt) {
        if (session.batch().texts() == 0) {
            return;
        }
        model.encoder().forward(session);
        for (int text = 0; text < session.batch().texts(); text++) {
            dev.lanewise.transformer.Pooling.pool(session, pooling, text, width(), out, outAt + text * width());
        }
    }

    private void checkIds(int[] ids, int[] tokenTypes, int from, int to) {
        Objects.checkFromToIndex(from, to, ids.length);
        if (from == to) {
            throw new IllegalArgumentException("there are no ids: there is nothing to compute");
        }
        if (to - from > model.maxTokens()) {
            throw new TextTooLongException(to - from, model.maxTokens());
        }
        int types = model.spec().embedding().tokenTypes();
        if (tokenTypes != null && (types == 0 || tokenTypes.length != ids.length)) {
            throw new IllegalArgumentException(types == 0
                    ? "the model has no token types"
                    : tokenTypes.length + " token types for " + ids.length + " ids");
        }
        model.checkIds(ids, from, to);
        for (int i = from; i < to; i++) {
            if (tokenTypes != null && (tokenTypes[i] < 0 || tokenTypes[i] >= types)) {
                throw new IllegalArgumentException("token type " + tokenTypes[i] + " at " + i
                        + ": the model has types 0 to " + (types - 1));
            }
        }
    }
}
