package dev.lanewise.tools.convert.family;

import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.AttentionSpec.QueryKeyNorm;
import dev.lanewise.spec.AttentionSpec.Scope;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.FeedForwardSpec.ExpertsSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.OutputSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.StackSpec.NormPlacement;
import dev.lanewise.spec.TransformerSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Collects the words of a decoder's specification. What nobody says is as in most families: RMS norms before the sublayers
 * and behind the last, scores over the root of the head size, no biases, no gate, no position encoding. Not thread-safe.
 */
public final class DecoderDraft {
    private final Sizes sizes;
    private final int[] windows;
    private final RotarySpec[] rotaries;
    private final List<String> notes = new ArrayList<>();
    private int positions;
    private int keyValueHeads;
    private int inner;
    private Activation activation;
    private NormSpec norm;
    private NormPlacement placement = NormPlacement.PRE;
    private boolean embeddingNorm;
    private double embeddingScale = 1;
    private PositionSpec.Kind position = PositionSpec.Kind.NONE;
    private int positionOffset;
    private double scale;
    private double softCap;
    private boolean bias;
    private boolean outputBias;
    private boolean feedForwardBias;
    private QueryKeyNorm queryKeyNorm;
    private double alibi;
    private boolean gated;
    private ExpertsSpec experts;
    private double residualScale = 1;
    private boolean finalNorm = true;
    private boolean tied;
    private boolean headBias;
    private double logitScale = 1;
    private double logitCap;

    /**
     * What every source states.
     *
     * @param vocabulary how many ids there are
     * @param width between the layers
     * @param layers how many
     * @param positions how many tokens a text may have
     * @param heads of queries
     * @param keyValueHeads of keys and values
     * @param headSize the width of one
     * @param inner the width of the feed-forward network
     * @param activation in it
     * @param epsilon of all norms
     */
    public record Sizes(int vocabulary, int width, int layers, int positions, int heads, int keyValueHeads,
            int headSize, int inner, Activation activation, double epsilon) {}

    /** Begins with what every source states. */
    public DecoderDraft(Sizes sizes) {
        this.sizes = sizes;
        windows = new int[sizes.layers];
        rotaries = new RotarySpec[sizes.layers];
        positions = sizes.positions;
        keyValueHeads = sizes.keyValueHeads;
        inner = sizes.inner;
        activation = sizes.activation;
        scale = 1 / Math.sqrt(sizes.headSize);
        norm = new NormSpec(NormSpec.Kind.RMS, sizes.epsilon);
    }

    /** What it began with. */
    public Sizes sizes() {
        return sizes;
    }

    /** Layer normalisation, with a bias or without. */
    public DecoderDraft layerNorm(boolean withBias) {
        norm = new NormSpec(NormSpec.Kind.LAYER, sizes.epsilon, withBias);
        return this;
    }

    /** Where the norms stand. */
    public DecoderDraft placement(NormPlacement other) {
        placement = other;
        return this;
    }

    /** No norm behind the last layer. */
    public DecoderDraft withoutFinalNorm() {
        finalNorm = false;
        return this;
    }

    /** A norm behind the embedding. */
    public DecoderDraft embeddingNorm() {
        embeddingNorm = true;
        return this;
    }

    /** A scale of the embedding. */
    public DecoderDraft embeddingScale(double factor) {
        embeddingScale = factor;
        return this;
    }

    /** A table of positions whose first is in a row. */
    public DecoderDraft learnedPositions(int offset) {
        position = PositionSpec.Kind.LEARNED;
        positionOffset = offset;
        return this;
    }

    /** So many positions, whatever the source seems to state. */
    public DecoderDraft positions(int count) {
        positions = count;
        return this;
    }

    /** One rotation for all layers. */
    public DecoderDraft rotary(RotarySpec rotary) {
        Arrays.fill(rotaries, rotary);
        return this;
    }

    /** The rotation of one layer, or null. */
    public DecoderDraft rotary(int layer, RotarySpec rotary) {
        rotaries[layer] = rotary;
        return this;
    }

    /** Scores fall with the distance: slopes are multiplied with a factor, usually 1. */
    public DecoderDraft alibi(double factor) {
        alibi = factor;
        return this;
    }

    /** One window for all layers; 0 for none. */
    public DecoderDraft window(int window) {
        Arrays.fill(windows, window);
        return this;
    }

    /** The window of one layer; 0 for none. */
    public DecoderDraft window(int layer, int window) {
        windows[layer] = window;
        return this;
    }

    /** What scores are multiplied with. */
    public DecoderDraft scale(double factor) {
        scale = factor;
        return this;
    }

    /** The cap of scores; 0 for none. */
    public DecoderDraft softCap(double cap) {
        softCap = cap;
        return this;
    }

    /** Another number of heads of keys and values than the source seems to state. */
    public DecoderDraft keyValueHeads(int heads) {
        keyValueHeads = heads;
        return this;
    }

    /** Another width of the feed-forward network than the source seems to state. */
    public DecoderDraft inner(int width) {
        inner = width;
        return this;
    }

    /** Which maps have biases: those to queries, keys and values; that of the heads' outputs; the feed-forward network's. */
    public DecoderDraft biases(boolean ofHeads, boolean ofOutput, boolean ofFeedForward) {
        bias = ofHeads;
        outputBias = ofOutput;
        feedForwardBias = ofFeedForward;
        return this;
    }

    /** Norms of queries and keys, of the kind that {@link #layerNorm} says; call it after that. */
    public DecoderDraft queryKeyNorm(Scope scope, boolean withBias) {
        queryKeyNorm = new QueryKeyNorm(scope, new NormSpec(norm.kind(), sizes.epsilon, withBias));
        return this;
    }

    /** Another activation than the source seems to state. */
    public DecoderDraft activation(Activation other) {
        activation = other;
        return this;
    }

    /** A gate in the feed-forward network. */
    public DecoderDraft gated() {
        gated = true;
        return this;
    }

    /** Experts. */
    public DecoderDraft experts(int count, int used, boolean renormalized) {
        experts = new ExpertsSpec(count, used, renormalized);
        return this;
    }

    /** What sublayers' outputs are multiplied with. */
    public DecoderDraft residualScale(double factor) {
        residualScale = factor;
        return this;
    }

    /** The head: whether it is the token table, and whether it has a bias. */
    public DecoderDraft head(boolean isTable, boolean withBias) {
        tied = isTable;
        headBias = withBias;
        return this;
    }

    /** What logits are multiplied with, and their cap, 0 for none. */
    public DecoderDraft logits(double factor, double cap) {
        logitScale = factor;
        logitCap = cap;
        return this;
    }

    /** Something that a person should know. */
    public DecoderDraft note(String note) {
        notes.add(note);
        return this;
    }

    /** What a person should know. */
    public List<String> notes() {
        return List.copyOf(notes);
    }

    /** The specification; not checked yet. */
    public TransformerSpec spec(String family) {
        List<AttentionSpec> all = IntStream.range(0, sizes.layers).mapToObj(this::attention).toList();
        List<AttentionSpec> kinds = all.stream().distinct().toList();
        List<Integer> pattern = shortest(all.stream().map(kinds::indexOf).toList());
        StackSpec stack = new StackSpec(sizes.layers, sizes.width, placement, norm, kinds, pattern,
                new FeedForwardSpec(inner, activation, gated, feedForwardBias, experts), residualScale,
                finalNorm);
        return TransformerSpec.decoder(family,
                new EmbeddingSpec(sizes.vocabulary, 0, embeddingScale, embeddingNorm ? norm : null),
                new PositionSpec(position, positions, positionOffset), stack,
                new OutputSpec(tied, headBias, logitScale, logitCap));
    }

    private AttentionSpec attention(int layer) {
        return new AttentionSpec(sizes.heads, keyValueHeads, sizes.headSize, scale, softCap, windows[layer], bias,
                outputBias, queryKeyNorm, rotaries[layer], alibi, null);
    }

    /** The shortest beginning that, repeated, gives the whole. */
    private static List<Integer> shortest(List<Integer> pattern) {
        for (int length = 1;; length++) {
            int n = length;
            if (IntStream.range(n, pattern.size()).allMatch(i -> pattern.get(i).equals(pattern.get(i % n)))) {
                return pattern.subList(0, n);
            }
        }
    }
}
