package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.kernel.WeightScratch;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.TensorInfo;
import java.util.Arrays;

/**
 * What one caller needs to run a model: the batch, every buffer of activations, scratch memory for each thread, and the
 * parallel jobs. Buffers grow to the largest batch so far and are then reused: a pass that is no larger allocates nothing.
 * One owner at a time.
 *
 * <p>Rows of activations are padded to a multiple of 32 floats, buffers by {@link #SLACK} rows, because kernels compute whole
 * tiles.
 */
public final class Session {
    private static final int SLACK = 8;
    /** Multiply-adds below which a pass stays on the caller's thread: where the crew neither gains nor loses (bench crew). */
    private static final long SMALL = 4_000_000;

    private final StackSpec stack;
    private final Kernels kernels;
    private final Crew crew;
    private final long small;
    private final int width; // padded
    private final int headsWidth; // padded
    private final int wideWidth; // padded
    private final long parameters;

    private final Batch batch = new Batch();
    private final Projection projection;
    private final MultiHeadAttention.Heads heads;
    private final AddAndNorm.Rows rows;
    private final Embedding.Tokens tokens;

    private int capacity;
    private float[] hidden = {}; // [tokens][width]
    private final float[][] sublayers = new float[1][]; // one [tokens][width]
    private final float[][] queryKeyValue = new float[3][]; // three [tokens][headsWidth]
    private float[] context; // [tokens][headsWidth]
    private final float[][] wide = new float[1][]; // one [tokens][wideWidth]
    private float[] packed = {}; // what a few blocks of rows need, as the kernels pack them
    private float[] keyPanels = {}; // [texts][heads][keys, in panels][headSize]
    private float[] valuePanels; // [texts][heads][headSize, in panels][keys]
    private final float[] pooled; // [width]

    private final float[][] packedBlocks; // [threads][a block of the widest input]
    private final float[][] attentionScratch; // [threads]
    private final WeightScratch[] weightScratch; // [threads]

    private boolean inCrew;

    /**
     * @param crew who computes; shared with other sessions
     */
    public Session(TransformerSpec spec, Kernels kernels, Crew crew) {
        this(spec, kernels, crew, SMALL);
    }

    /**
     * @param crew who computes; shared with other sessions
     * @param small up to how many multiply-adds a pass stays on the caller's thread
     */
    public Session(TransformerSpec spec, Kernels kernels, Crew crew, long small) {
        this.small = small;
        this.stack = spec.stack();
        this.kernels = kernels;
        this.crew = crew;
        width = TensorInfo.padded(stack.width());
        headsWidth = TensorInfo.padded(stack.attention().heads() * stack.attention().headSize());
        wideWidth = TensorInfo.padded(stack.feedForward().width());
        parameters = (long) stack.layers() * (4L * width * headsWidth + 2L * width * wideWidth);
        projection = new Projection(this);
        heads = new MultiHeadAttention.Heads(this);
        rows = new AddAndNorm.Rows(this);
        tokens = new Embedding.Tokens(this);
        pooled = new float[width];
        packedBlocks = new float[crew.size()][0];
        attentionScratch = new float[crew.size()][kernels.attentionScratch(stack.attention().headSize())];
        weightScratch = new WeightScratch[crew.size()];
        int widest = Math.max(width, Math.max(headsWidth, wideWidth));
        Arrays.setAll(weightScratch, member -> new WeightScratch(widest));
    }

    /** The texts of the next pass, or of the last one. */
    public Batch batch() {
        return batch;
    }

    /** After a pass: the last hidden state, {@code [tokens][stride]}. */
    public float[] hidden() {
        return hidden;
    }

    /** The length of a row of {@link #hidden}: the width, padded. */
    public int stride() {
        return width;
    }

    /** Sizes the buffers for the batch and takes the crew, if the pass is worth it and the crew is free. */
    void begin() {
        int needed = batch.tokens();
        if (needed > capacity) {
            capacity = needed;
            int all = needed + SLACK;
            hidden = new float[Math.multiplyExact(all, width)];
            sublayers[0] = new float[all * width];
            for (int i = 0; i < 3; i++) {
                queryKeyValue[i] = new float[Math.multiplyExact(all, headsWidth)];
            }
            context = new float[all * headsWidth];
            valuePanels = new float[Math.multiplyExact(all,
                    stack.attention().heads() * valuePanelWidth(stack.attention()))];
            wide[0] = new float[Math.multiplyExact(all, wideWidth)];
        }
        int panelled = (needed + batch.texts() * Kernels.KEY_PANEL) * headsWidth;
        if (panelled > keyPanels.length) {
            keyPanels = new float[panelled];
        }
        inCrew = needed * parameters > small && !Kernels.isCold(needed) && crew.tryEnter();
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

    Projection projection() {
        return projection;
    }

    MultiHeadAttention.Heads heads() {
        return heads;
    }

    AddAndNorm.Rows rows() {
        return rows;
    }

    Embedding.Tokens tokens() {
        return tokens;
    }

    float[][] sublayers() {
        return sublayers;
    }

    float[][] queryKeyValue() {
        return queryKeyValue;
    }

    float[] context() {
        return context;
    }

    int headsStride() {
        return headsWidth;
    }

    float[][] wide() {
        return wide;
    }

    int wideStride() {
        return wideWidth;
    }

    /** Room for packed rows, shared by the threads of a pass. */
    float[] packed(int length) {
        if (packed.length < length) {
            packed = new float[length];
        }
        return packed;
    }

    float[] keyPanels() {
        return keyPanels;
    }

    float[] valuePanels() {
        return valuePanels;
    }

    /** The head size, filled up to whole panels of values. */
    static int valuePanelWidth(AttentionSpec spec) {
        return (spec.headSize() + Kernels.VALUE_PANEL - 1) / Kernels.VALUE_PANEL * Kernels.VALUE_PANEL;
    }

    float[] pooled() {
        return pooled;
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

    WeightScratch weightScratch(int member) {
        return weightScratch[member];
    }
}
