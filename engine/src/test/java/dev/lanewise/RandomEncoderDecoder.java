package dev.lanewise;

import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.NormSpec.Kind;
import dev.lanewise.spec.OutputSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.RelativeBiasSpec;
import dev.lanewise.spec.SourceSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.StackSpec.NormPlacement;
import dev.lanewise.spec.StemSpec;
import dev.lanewise.spec.TransformerSpec;
import java.util.List;

/**
 * Encoder-decoders for random weights, which {@link RandomDecoder#write} gives them: among them, every word that a
 * specification of one has, stacks that have nothing in common, and heads that are no part of the width.
 */
public final class RandomEncoderDecoder {
    /** How many ids the sources of those with a table of their own have. */
    public static final int SOURCE_VOCABULARY = 57;
    /** How many tokens a source may have. */
    public static final int SOURCE_POSITIONS = 400;
    /** Features of a frame. */
    public static final int FEATURES = 10;

    private static final NormSpec RMS = new NormSpec(Kind.RMS, 1e-6);
    private static final NormSpec LAYER = new NormSpec(Kind.LAYER, 1e-5);
    private static final FeedForwardSpec GATED = new FeedForwardSpec(72, Activation.GELU_TANH, true, false, null);

    private RandomEncoderDecoder() {}

    /** As the paper has it: norms behind the sums, interleaved sines, one table for all. */
    public static TransformerSpec paper() {
        PositionSpec position = new PositionSpec(PositionSpec.Kind.SINUSOIDAL_INTERLEAVED, SOURCE_POSITIONS, 0);
        return spec("paper", new EmbeddingSpec(RandomDecoder.VOCABULARY, 0, 6, null), true, position,
                stack(2, 48, NormPlacement.POST, LAYER, plain(4, 12), null, new FeedForwardSpec(96, Activation.RELU)),
                null, position, stack(2, 48, NormPlacement.POST, LAYER, plain(4, 12), plain(4, 12),
                        new FeedForwardSpec(80, Activation.RELU)));
    }

    /** Convolutions before the encoder. */
    public static TransformerSpec sound() {
        return spec("sound", null, false, new PositionSpec(PositionSpec.Kind.LEARNED, SOURCE_POSITIONS, 0),
                stack(1, 50, NormPlacement.PRE, LAYER, plain(2, 24), null, new FeedForwardSpec(60, Activation.GELU)),
                new StemSpec(FEATURES, 2, 2, Activation.GELU),
                new PositionSpec(PositionSpec.Kind.LEARNED, 300, 0), stack(3, 50, NormPlacement.PRE, LAYER,
                        plain(2, 24), plain(2, 24), new FeedForwardSpec(70, Activation.GELU)));
    }

    /** One of each kind. */
    public static List<TransformerSpec> all() {
        return List.of(paper(), sound(),
                // A small decoder of few heads upon a wide encoder of many, of one layer.
                spec("asymmetric", new EmbeddingSpec(SOURCE_VOCABULARY, 0, 1, LAYER), false,
                        new PositionSpec(PositionSpec.Kind.SINUSOIDAL_HALVES, SOURCE_POSITIONS, 2, true),
                        stack(1, 100, NormPlacement.PRE, LAYER, plain(5, 16), null,
                                new FeedForwardSpec(130, Activation.SILU)),
                        null, new PositionSpec(PositionSpec.Kind.SINUSOIDAL_HALVES, 300, 1),
                        stack(4, 35, NormPlacement.PRE, LAYER, plain(3, 20), plain(6, 40),
                                new FeedForwardSpec(50, Activation.SILU))),
                spec("relative", new EmbeddingSpec(RandomDecoder.VOCABULARY, 0, 1, null), true, none(),
                        stack(3, 60, NormPlacement.PRE, RMS, relative(6, 20, new RelativeBiasSpec(16, 30, true, true)),
                                null, GATED),
                        null, none(), stack(2, 60, NormPlacement.PRE, RMS,
                                relative(6, 20, new RelativeBiasSpec(12, 25, false, true)), relative(6, 20, null),
                                GATED)),
                spec("relative in every layer", new EmbeddingSpec(SOURCE_VOCABULARY, 0, 1, null), false, none(),
                        stack(2, 60, NormPlacement.SANDWICH, RMS,
                                relative(4, 10, new RelativeBiasSpec(32, 128, true, false)), null, GATED),
                        null, none(), stack(3, 60, NormPlacement.OUTPUT, RMS,
                                relative(4, 10, new RelativeBiasSpec(32, 128, false, false)), grouped(), GATED)));
    }

    private static PositionSpec none() {
        return new PositionSpec(PositionSpec.Kind.NONE, SOURCE_POSITIONS, 0);
    }

    private static AttentionSpec plain(int heads, int headSize) {
        return new AttentionSpec(heads, headSize, 1 / Math.sqrt(headSize));
    }

    private static AttentionSpec relative(int heads, int headSize, RelativeBiasSpec bias) {
        return new AttentionSpec(heads, heads, headSize, 0.5, 0, 0, false, false, null, null, 0, bias);
    }

    private static AttentionSpec grouped() {
        return new AttentionSpec(6, 2, 14, 0.4, 10, 0, false, true, null, null, false);
    }

    private static StackSpec stack(int layers, int width, NormPlacement placement, NormSpec norm,
            AttentionSpec attention, AttentionSpec cross, FeedForwardSpec feedForward) {
        return new StackSpec(layers, width, placement, norm, List.of(attention), List.of(0), cross, feedForward, 1,
                placement == NormPlacement.PRE);
    }

    private static TransformerSpec spec(String name, EmbeddingSpec source, boolean tied, PositionSpec sourcePosition,
            StackSpec encoder, StemSpec stem, PositionSpec position, StackSpec decoder) {
        return TransformerSpec.encoderDecoder(name, new SourceSpec(source, tied, sourcePosition, encoder, stem),
                new EmbeddingSpec(RandomDecoder.VOCABULARY, 0, 2, null), position, decoder,
                new OutputSpec(tied, true, 0.7, 0));
    }
}
