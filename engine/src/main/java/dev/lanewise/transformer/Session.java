package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.kernel.RoundedRows;
import dev.lanewise.kernel.WeightScratch;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.DenseSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.TensorInfo;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * What one caller needs to run a model: the batch, every buffer of activations, scratch memory for each thread, and the
 * parallel jobs. Buffers grow to the largest batch so far and are then reused: a pass that is no larger allocates nothing.
 * One owner at a time.
 *
 * <p>Rows of activations are padded to a multiple of 32 floats, buffers by {@link #SLACK} rows, because kernels compute whole
 * tiles.
 */
public final class Session {
    /** Of a pass that nobody stops. */
    public static final BooleanSupplier NEVER = () -> false;
    /** Rows behind the last that kernels may write. */
    static final int SLACK = 8;
    /** Multiply-adds below which a pass stays on the caller's thread: where the crew neither gains nor loses (bench crew). */
    private static final long SMALL = 4_000_000;
    /** Multiply-adds of a job, below which handing tasks over costs more than it saves: about a microsecond. */
    private static final long HAND_OVER = 50_000;

    private final StackSpec stack;
    private final Kernels kernels;
    private final Crew crew;
    private final long small;
    private final int width; // padded
    private final int queryWidth; // padded, of the widest attention
    private final int keyValueWidth; // padded, of the widest attention
    private final int wideWidth; // padded
    private final int vocabulary; // padded
    private final long parameters;

    private final Batch batch = new Batch();
    private final Projection projection;
    private final MultiHeadAttention.Positions positions;
    private final ScaledDotProductAttention heads;
    private final AddAndNorm.Rows rows;
    private final Embedding.Tokens tokens;
    private final Rotary[] rotaries; // of all kinds of attention
    private final Sinusoids sinusoids; // null where positions are not computed
    private final ScoreBias.Spread[] spreads; // [layers], made where a bias is met
    private final Session source; // of the encoder beside a decoder, otherwise null
    private Alignment alignment; // null where nobody asks
    private final Experts.Routing routing; // null where there are no experts

    private int capacity;
    private float[] hidden = {}; // [tokens][width]
    private final float[][] hiddenOutput = new float[1][]; // hidden
    private float[] normed = {}; // [tokens][width]
    // Memory limits how long a text can be. So what attention gives is where queries were, and as keys and values are packed
    // before they are used, what the feed-forward network gives is where keys were, the context where values were.
    private final float[][] queryKeyValue = new float[3][]; // [tokens][queryWidth], two [tokens][keyValueWidth]
    private final float[][] keyValue = new float[2][]; // the last two of those
    private final float[][] wide; // one or two [tokens fed forward at a time][wideWidth]
    private float[] packed = {}; // what a few blocks of rows need, as the kernels pack them
    private float[] frames = {}; // what a convolution reads
    private final float[][] convolved = {{}}; // one [frames][width]
    private float[] last = {}; // [tokens that logits are asked of][width]
    private final float[][] logits = {{}}; // one [those tokens][vocabulary]
    private final float[][][] dense = {{{}}, {{}}}; // what maps upon an encoder read and write in turn

    private final float[][] packedBlocks; // [threads][a block of the widest input]
    private final float[][] attentionScratch; // [threads]
    private final WeightScratch[] weightScratch; // [threads]

    private boolean inCrew;

    /**
     * @param crew who computes; shared with other sessions
     */
    public Session(TransformerSpec spec, Kernels kernels, Crew crew) {
        this(spec, kernels, crew, false);
    }

    /**
     * @param crew who computes; shared with other sessions
     * @param rounds whether activations are rounded to 8 bits where weights have 4, see {@link RoundedRows}
     */
    public Session(TransformerSpec spec, Kernels kernels, Crew crew, boolean rounds) {
        this(spec, kernels, crew, SMALL, rounds);
    }

    /**
     * @param crew who computes; shared with other sessions
     * @param small up to how many multiply-adds a pass stays on the caller's thread
     */
    public Session(TransformerSpec spec, Kernels kernels, Crew crew, long small) {
        this(spec, kernels, crew, small, false);
    }

    private Session(TransformerSpec spec, Kernels kernels, Crew crew, long small, boolean rounds) {
        this(spec.stack(), spec.position(), spec.stack().cross(),
                spec.output() == null ? 0 : spec.embedding().vocabulary(),
                widest(spec), kernels, crew, small, rounds, spec.source() == null
                        ? null
                        : new Session(spec.source().stack(), spec.source().position(), spec.stack().cross(), 0, 0,
                                kernels,
                                crew, small, rounds, null));
    }

    /** The widest of what maps upon an encoder read. */
    private static int widest(TransformerSpec spec) {
        return Math.max(spec.pooling() == null ? 0 : widest(spec.pooling().dense()),
                spec.head() == null ? 0 : widest(spec.head().dense()));
    }

    private static int widest(List<DenseSpec> dense) {
        int most = 0;
        for (DenseSpec each : dense) {
            most = Math.max(most, each.width());
        }
        return most;
    }

    private Session(StackSpec stack, PositionSpec position, AttentionSpec cross, int ids, int upon, Kernels kernels,
            Crew crew, long small, boolean rounds, Session source) {
        this.small = small;
        this.stack = stack;
        this.kernels = kernels;
        this.crew = crew;
        this.source = source;
        AttentionSpec attention = stack.attention();
        width = TensorInfo.padded(stack.width());
        queryWidth = TensorInfo.padded(Math.max(attention.queryWidth(), cross == null ? 0 : cross.queryWidth()));
        keyValueWidth = TensorInfo
                .padded(Math.max(attention.keyValueWidth(), cross == null ? 0 : cross.keyValueWidth()));
        wideWidth = TensorInfo.padded(stack.feedForward().width());
        vocabulary = TensorInfo.padded(ids);
        wide = new float[stack.feedForward().gated() ? 2 : 1][];
        parameters = (long) stack.layers() * width
                * (2L * queryWidth + 2L * keyValueWidth + (wide.length + 1L) * wideWidth);
        projection = new Projection(this, crew.size(), rounds);
        positions = new MultiHeadAttention.Positions(this);
        heads = new ScaledDotProductAttention(this, crew.size());
        rows = new AddAndNorm.Rows(this);
        tokens = new Embedding.Tokens(this);
        rotaries = stack.attentions().stream().map(AttentionSpec::rotary).filter(Objects::nonNull).distinct()
                .map(Rotary::new).toArray(Rotary[]::new);
        sinusoids = position.kind().sinusoidal() ? new Sinusoids(position, stack.width(), width) : null;
        spreads = new ScoreBias.Spread[stack.layers()];
        routing = stack.feedForward().experts() == null
                ? null
                : new Experts.Routing(this, stack.feedForward().experts().count());
        packedBlocks = new float[crew.size()][0];
        attentionScratch = new float[crew.size()][kernels
                .attentionScratch(Math.max(attention.headSize(), cross == null ? 0 : cross.headSize()))];
        weightScratch = new WeightScratch[crew.size()];
        int widest = Math.max(Math.max(width, upon), Math.max(queryWidth, wideWidth));
        Arrays.setAll(weightScratch, member -> new WeightScratch(widest, parameters + (long) width * vocabulary));
    }

    /** The texts of the next pass, or of the last one. */
    public Batch batch() {
        return batch;
    }

    /** Of an encoder-decoder: the session of its encoder, with a batch and a hidden state of its own; otherwise null. */
    public Session source() {
        return source;
    }

    /**
     * Asks for what heads of cross-attention look at, in every pass from now on.
     *
     * @param kept where it is kept, or null to ask no longer
     */
    public void align(Alignment kept) {
        alignment = kept;
    }

    /** After a pass: the last hidden state, {@code [tokens][stride]}. */
    public float[] hidden() {
        return hidden;
    }

    /** The length of a row of {@link #hidden}: the width, padded. */
    public int stride() {
        return width;
    }

    /** After {@link Decoder#logits}: {@code [tokens asked for][logitsStride]}. */
    public float[] logits() {
        return logits[0];
    }

    /** The length of a row of {@link #logits}: the vocabulary, padded. */
    public int logitsStride() {
        return vocabulary;
    }

    /** Sizes the buffers for the batch and takes the crew, if the pass is worth it and the crew is free. */
    void begin() {
        int needed = batch.tokens();
        if (needed > capacity) {
            int all = needed + SLACK;
            hidden = new float[Math.multiplyExact(all, width)];
            hiddenOutput[0] = hidden;
            normed = stack.placement().hasNorm() ? new float[all * width] : normed;
            queryKeyValue[0] = new float[Math.multiplyExact(all, Math.max(queryWidth, width))];
            queryKeyValue[1] = new float[Math.multiplyExact(all, Math.max(keyValueWidth, width))];
            queryKeyValue[2] = new float[Math.multiplyExact(all, Math.max(keyValueWidth, queryWidth))];
            keyValue[0] = queryKeyValue[1];
            keyValue[1] = queryKeyValue[2];
            for (int i = 0; i < wide.length; i++) {
                wide[i] = new float[Math.multiplyExact(Math.min(needed, 2 * projection.many()) + SLACK, wideWidth)];
            }
            capacity = needed; // when there was memory for all of it
        }
        for (int text = 0; text < batch.texts(); text++) {
            if (batch.cache(text) != null) {
                batch.cache(text).prepare(batch.length(text));
            }
        }
        for (Rotary rotary : rotaries) {
            rotary.prepare(batch);
        }
        if (sinusoids != null) {
            sinusoids.prepare(batch);
        }
        if (alignment != null) {
            alignment.begin(batch);
        }
        enter(needed, needed * parameters);
    }

    /** Sizes the buffers for the logits of some tokens, takes the crew, and returns room for the tokens' hidden states. */
    float[] beginLogits(int count) {
        if ((count + SLACK) * width > last.length) {
            logits[0] = new float[Math.multiplyExact(count + SLACK, vocabulary)];
            last = new float[(count + SLACK) * width];
        }
        enter(count, (long) count * width * vocabulary);
        return last;
    }

    /** Takes the crew, if so many multiply-adds are worth it and the crew is free, until {@link #end}. */
    void enter(int rows, long work) {
        inCrew = work > small && !Kernels.isCold(rows) && crew.tryEnter();
    }

    void end() {
        if (inCrew) {
            inCrew = false;
            crew.leave();
        }
    }

    /** How many threads compute this pass. */
    int threads() {
        return inCrew ? crew.size() : 1;
    }

    /**
     * Runs tasks of whoever uses the session, outside of its passes: by the crew, if they are worth it and it is free.
     *
     * @param work multiply-adds that take as long
     */
    public void share(Crew.Job job, int count, long work) {
        enter(count, work);
        try {
            run(job, count);
        } finally {
            end();
        }
    }

    /**
     * Runs a job that may not be worth the hand-over to other threads.
     *
     * @param work its multiply-adds, or what takes as long
     */
    void run(Crew.Job job, int count, long work) {
        if (work < HAND_OVER) {
            for (int task = 0; task < count; task++) {
                job.run(task, 0);
            }
        } else {
            run(job, count);
        }
    }

    void run(Crew.Job job, int count) {
        if (inCrew && count > 1) {
            crew.run(job, count);
        } else {
            for (int task = 0; task < count; task++) {
                job.run(task, 0);
            }
        }
    }

    Kernels kernels() {
        return kernels;
    }

    /** The width of the stack, not padded. */
    int width() {
        return stack.width();
    }

    Projection projection() {
        return projection;
    }

    MultiHeadAttention.Positions positions() {
        return positions;
    }

    ScaledDotProductAttention heads() {
        return heads;
    }

    AddAndNorm.Rows rows() {
        return rows;
    }

    Embedding.Tokens tokens() {
        return tokens;
    }

    /** The angles of the batch. */
    Rotary rotary(RotarySpec spec) {
        for (Rotary rotary : rotaries) {
            if (rotary.spec().equals(spec)) {
                return rotary;
            }
        }
        throw new IllegalArgumentException("not of this stack: " + spec);
    }

    Sinusoids sinusoids() {
        return sinusoids;
    }

    /** Where the bias of a layer is spread out; biases that are the same in all layers, once. */
    ScoreBias.Spread spread(int layer, AttentionSpec spec) {
        int index = spec.relative() == null || spec.relative().shared() ? 0 : layer;
        if (spreads[index] == null) {
            spreads[index] = new ScoreBias.Spread(stack, kernels.queryTile());
        }
        return spreads[index];
    }

    Alignment alignment() {
        return alignment;
    }

    Experts.Routing routing() {
        return routing;
    }

    float[] normed() {
        return normed;
    }

    /** The first is {@code [tokens][stride]}, where queries were. */
    float[][] attended() {
        return queryKeyValue;
    }

    /** The first is {@code [tokens][stride]}, where keys were. */
    float[][] fedForward() {
        return keyValue;
    }

    float[][] queryKeyValue() {
        return queryKeyValue;
    }

    /** Two of those: what maps to keys and values alone write. */
    float[][] keyValue() {
        return keyValue;
    }

    /** The length of a row of so many elements. */
    int stride(int elements) {
        return TensorInfo.padded(elements);
    }

    /** {@code [tokens][queryWidth]}, where values were. */
    float[] context() {
        return keyValue[1];
    }

    float[][] wide() {
        return wide;
    }

    int wideStride() {
        return wideWidth;
    }

    float[][] logitsOutput() {
        return logits;
    }

    /** Room for packed rows, shared by the threads of a pass. */
    float[] packed(int length) {
        if (packed.length < length) {
            packed = new float[length];
        }
        return packed;
    }

    /** Room for what a convolution reads. */
    float[] frames(int length) {
        if (frames.length < length) {
            frames = new float[length];
        }
        return frames;
    }

    /** Room for what a convolution writes. */
    float[][] convolved(int rows) {
        if (convolved[0].length < (rows + SLACK) * width) {
            convolved[0] = new float[Math.multiplyExact(rows + SLACK, width)];
        }
        return convolved;
    }

    /** {@link #hidden()}, where maps write. */
    float[][] hiddenOutput() {
        return hiddenOutput;
    }

    /** One of two rooms for what maps upon an encoder read and write, with as many floats at least. */
    float[][] dense(int which, int length) {
        float[][] room = dense[which];
        if (room[0].length < length) {
            room[0] = new float[length];
        }
        return room;
    }

    float[] attentionScratch(int member) {
        return attentionScratch[member];
    }

    /** Room for packed rows of one thread. */
    float[] packedBlock(int member, int length) {
        if (packedBlocks[member].length < length) {
            packedBlocks[member] = new float[length];
        }
        return packedBlocks[member];
    }

    /** Bytes outside the heap that it takes, until it is collected. */
    public long offHeapBytes() {
        return weightScratch.length * WeightScratch.OFF_HEAP_BYTES + (source == null ? 0 : source.offHeapBytes());
    }

    WeightScratch weightScratch(int member) {
        return weightScratch[member];
    }
}
