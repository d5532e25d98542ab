package dev.lanewise.spec;

import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.weights.Metadata;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A stack of layers, each of an attention and a feed-forward network with norms and residual sums around them.
 *
 * @param layers how many
 * @param width of the vectors between them
 * @param placement where the norms stand
 * @param norm the norms' formula
 * @param attentions the kinds of attention to the text itself, with tensors of the same shapes; most stacks have one
 * @param pattern which of them each layer has: its element {@code layer % size}
 * @param cross the attention of each layer to an encoder's output, or null
 * @param feedForward the feed-forward network of each layer
 * @param residualScale what a sublayer's output is multiplied with before it is added
 * @param finalNorm whether a norm stands behind the last layer
 * @param firstNorm whether the first attention has a norm of its own, where norms stand before sublayers
 * @param distinct how many layers have weights of their own; layer i of n has those of number i * distinct / n
 */
public record StackSpec(int layers, int width, NormPlacement placement, NormSpec norm, List<AttentionSpec> attentions,
        List<Integer> pattern, AttentionSpec cross, FeedForwardSpec feedForward, double residualScale,
        boolean finalNorm, boolean firstNorm, int distinct) {

    /** Where the norms stand around the sublayers f. */
    public enum NormPlacement {
        /** norm(x + f(x)), as in "Attention Is All You Need". */
        POST(true, false),
        /** x + f(norm(x)) (Xiong et al., 2020). */
        PRE(true, false),
        /** x + norm(f(norm(x))), two norms a sublayer. */
        SANDWICH(true, true),
        /** x + norm(f(x)). */
        OUTPUT(false, true),
        /** n = norm(x); x + attention(n) + feedForward(n). */
        PARALLEL(true, false),
        /** x + attention(norm(x)) + feedForward(norm(x)), each with a norm of its own. */
        PARALLEL_TWO(true, false);

        private final boolean before;
        private final boolean after;

        NormPlacement(boolean before, boolean after) {
            this.before = before;
            this.after = after;
        }

        /** Whether a sublayer has a norm {@code norm}: of its input, or where {@link #POST}, of the sum. */
        public boolean hasNorm() {
            return before;
        }

        /** Whether a sublayer has a norm {@code output_norm} of its output. */
        public boolean hasOutputNorm() {
            return after;
        }

        /** Whether attention and feed-forward network compute side by side. */
        public boolean parallel() {
            return this == PARALLEL || this == PARALLEL_TWO;
        }
    }

    /** Copies the lists. */
    public StackSpec {
        attentions = List.copyOf(attentions);
        pattern = List.copyOf(pattern);
    }

    /** A stack whose layers all have weights of their own and the same norms. */
    public StackSpec(int layers, int width, NormPlacement placement, NormSpec norm, List<AttentionSpec> attentions,
            List<Integer> pattern, AttentionSpec cross, FeedForwardSpec feedForward, double residualScale,
            boolean finalNorm) {
        this(layers, width, placement, norm, attentions, pattern, cross, feedForward, residualScale, finalNorm, true,
                layers);
    }

    /** A stack that attends to nothing but the text itself. */
    public StackSpec(int layers, int width, NormPlacement placement, NormSpec norm, List<AttentionSpec> attentions,
            List<Integer> pattern, FeedForwardSpec feedForward, double residualScale, boolean finalNorm) {
        this(layers, width, placement, norm, attentions, pattern, null, feedForward, residualScale, finalNorm);
    }

    /** A stack of equal layers as in the first encoders. */
    public StackSpec(int layers, int width, NormPlacement placement, NormSpec norm, AttentionSpec attention,
            FeedForwardSpec feedForward) {
        this(layers, width, placement, norm, List.of(attention), List.of(0), feedForward, 1, false);
    }

    /** The attention of the first kind; all kinds have the same heads. */
    public AttentionSpec attention() {
        return attentions.getFirst();
    }

    /** The attention of a layer. */
    public AttentionSpec attention(int layer) {
        return attentions.get(pattern.get(layer % pattern.size()));
    }

    /** How many tokens a text may have before the rotation of its keys depends on how many they are. */
    public int plainTokens() {
        int most = TransformerSpec.MOST;
        for (AttentionSpec attention : attentions) {
            most = Math.min(most, attention.rotary() == null ? most : attention.rotary().plainTokens());
        }
        return most;
    }

    /** Whether with more than {@link #plainTokens} every further token changes the rotation of all. */
    public boolean isDynamic() {
        for (AttentionSpec attention : attentions) {
            if (attention.rotary() != null && attention.rotary().scaling() instanceof RotarySpec.Dynamic) {
                return true;
            }
        }
        return false;
    }

    /** The number of the weights that a layer has. */
    public int weights(int layer) {
        return (int) ((long) layer * distinct / layers);
    }

    /** Whether the attention, or the feed-forward network, of a layer has a norm {@code norm}. */
    public boolean hasNorm(int layer, boolean attention) {
        return placement.hasNorm()
                && (attention ? layer > 0 || firstNorm : placement != NormPlacement.PARALLEL);
    }

    static StackSpec read(Metadata.Reader in, String prefix) {
        List<AttentionSpec> attentions = new ArrayList<>();
        attentions.add(AttentionSpec.read(in, prefix + "attention."));
        List<Integer> pattern = List.of(0);
        if (in.has(prefix + "attention.pattern")) {
            pattern = IntStream.of(in.integers(prefix + "attention.pattern")).boxed().toList();
            for (int i = 1; in.has(prefix + "attention." + i + ".heads"); i++) {
                attentions.add(AttentionSpec.read(in, prefix + "attention." + i + "."));
            }
        }
        int layers = in.integer(prefix + "layers", 1, 10_000);
        StackSpec spec = new StackSpec(layers,
                in.integer(prefix + "width", 1, TransformerSpec.MOST),
                in.word(prefix + "norm.placement", NormPlacement.class), NormSpec.read(in, prefix + "norm."),
                attentions, pattern,
                in.has(prefix + "cross_attention.heads") ? AttentionSpec.read(in, prefix + "cross_attention.") : null,
                FeedForwardSpec.read(in, prefix + "feed_forward."),
                in.has(prefix + "residual_scale") ? in.number(prefix + "residual_scale") : 1,
                in.flag(prefix + "final_norm", false), in.flag(prefix + "first_norm", true),
                in.has(prefix + "distinct") ? in.integer(prefix + "distinct", 1, layers) : layers);
        spec.check(in, prefix);
        return spec;
    }

    private void check(Metadata.Reader in, String prefix) {
        for (int kind : pattern) {
            in.require(kind >= 0 && kind < attentions.size(), prefix + "attention.pattern",
                    "numbers of the " + attentions.size() + " kinds of attention, from 0 on", kind);
        }
        in.require(!pattern.isEmpty() && pattern.size() <= layers, prefix + "attention.pattern",
                "1 to " + layers + " numbers", pattern.size());
        for (int i = 1; i < attentions.size(); i++) {
            in.require(attention().sameTensors(attentions.get(i)), prefix + "attention." + i,
                    "heads, biases and norms of the first kind", attentions.get(i));
        }
        in.require(cross == null || cross.plain() && !placement.parallel(), prefix + "cross_attention",
                "an attention without positions and norms, one sublayer after the other", cross);
        in.require(firstNorm || placement == NormPlacement.PRE && distinct == layers, prefix + "first_norm",
                "norms before sublayers, of weights of their own", placement + ", " + distinct + " of " + layers);
        in.require(Math.abs(residualScale) <= 1e6, prefix + "residual_scale", "-1e6 to 1e6", residualScale);
    }

    /**
     * Its tensors.
     *
     * @param name what their names begin with
     * @param sourceWidth of what cross-attention reads
     */
    Stream<TensorInfo> tensors(String name, int sourceWidth, Function<String, DataType> types) {
        return Stream.concat(IntStream.range(0, distinct).boxed()
                .flatMap(i -> layerTensors(name + ".layers." + i + ".", i, sourceWidth, types)),
                sharedTensors(name, types).all());
    }

    /** How many {@link #tensors} there are. */
    long tensorCount() {
        return layerTensors("", 0, 1, _ -> DataType.F32).count()
                + (distinct - 1) * layerTensors("", 1, 1, _ -> DataType.F32).count()
                + sharedTensors("", _ -> DataType.F32).all().count();
    }

    private Tensors sharedTensors(String name, Function<String, DataType> types) {
        Tensors tensors = new Tensors(name + ".", types);
        RelativeBiasSpec relative = attention().relative();
        if (relative != null && relative.shared()) {
            tensors.small("relative_bias", attention().heads(), relative.buckets());
        }
        if (finalNorm) {
            tensors.norm("norm", width, norm);
        }
        return tensors;
    }

    private Stream<TensorInfo> layerTensors(String prefix, int layer, int sourceWidth,
            Function<String, DataType> types) {
        Tensors tensors = new Tensors(prefix + "attention.", types);
        attentionTensors(tensors, attention(), width, hasNorm(layer, true));
        Tensors source = new Tensors(prefix + "cross_attention.", types);
        if (cross != null) {
            attentionTensors(source, cross, sourceWidth, placement.hasNorm());
        }
        Tensors network = new Tensors(prefix + "feed_forward.", types);
        if (feedForward.experts() == null) {
            network(network, "");
        } else {
            network.router(feedForward.experts().count(), width);
            for (int i = 0; i < feedForward.experts().count(); i++) {
                network(network, "experts." + i + ".");
            }
        }
        sublayerNorms(network, hasNorm(layer, false));
        return Stream.of(tensors, source, network).flatMap(Tensors::all);
    }

    private void attentionTensors(Tensors tensors, AttentionSpec attention, int keyInputs, boolean norm) {
        tensors.linear("query", attention.queryWidth(), width, attention.bias());
        tensors.linear("key", attention.keyValueWidth(), keyInputs, attention.bias());
        tensors.linear("value", attention.keyValueWidth(), keyInputs, attention.bias());
        tensors.linear("output", width, attention.queryWidth(), attention.outputBias());
        if (attention.queryKeyNorm() != null) {
            tensors.norm("query_norm", attention.queryWidth(), attention.queryKeyNorm().norm());
            tensors.norm("key_norm", attention.keyValueWidth(), attention.queryKeyNorm().norm());
        }
        if (attention.relative() != null && !attention.relative().shared()) {
            tensors.small("relative_bias", attention.heads(), attention.relative().buckets());
        }
        sublayerNorms(tensors, norm);
    }

    private void network(Tensors tensors, String name) {
        if (feedForward.gated()) {
            tensors.linear(name + "gate", feedForward.width(), width, feedForward.bias());
        }
        tensors.linear(name + "up", feedForward.width(), width, feedForward.bias());
        tensors.linear(name + "down", width, feedForward.width(), feedForward.bias());
    }

    private void sublayerNorms(Tensors tensors, boolean own) {
        if (own) {
            tensors.norm("norm", width, norm);
        }
        if (placement.hasOutputNorm()) {
            tensors.norm("output_norm", width, norm);
        }
    }
}
