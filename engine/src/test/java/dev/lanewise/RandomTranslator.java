package dev.lanewise;

import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.GenerationSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.NormSpec.Kind;
import dev.lanewise.spec.OutputSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.RelativeBiasSpec;
import dev.lanewise.spec.SourceSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.StackSpec.NormPlacement;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.Metadata;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Encoder-decoders with random weights that say how their texts are made, and end some of them. */
public final class RandomTranslator {
    /** The id that the decoder begins with. */
    public static final int START = 0;
    private static final int[] ENDS = {1, 11, 21, 31};

    private RandomTranslator() {}

    /** As in the paper: norms behind, sines and cosines in turn, stacks of other depths. */
    public static TransformerSpec paper() {
        NormSpec norm = new NormSpec(Kind.LAYER, 1e-5);
        PositionSpec position = new PositionSpec(PositionSpec.Kind.SINUSOIDAL_INTERLEAVED, RandomDecoder.POSITIONS, 0);
        AttentionSpec attention = new AttentionSpec(4, 12, 0.3);
        return spec("paper", position, NormPlacement.POST, norm, attention, attention, attention, false);
    }

    /** Norms in front, biases by distance, fewer heads of keys. */
    public static TransformerSpec relative() {
        NormSpec norm = new NormSpec(Kind.RMS, 1e-6);
        PositionSpec position = new PositionSpec(PositionSpec.Kind.NONE, RandomDecoder.POSITIONS, 0);
        return spec("relative", position, NormPlacement.PRE, norm, biased(true), biased(false),
                new AttentionSpec(6, 2, 8, 0.4, 0, 0, false, false, null, null, false), true);
    }

    private static AttentionSpec biased(boolean bidirectional) {
        return new AttentionSpec(6, 2, 8, 0.4, 0, 0, false, false, null, null, 0,
                new RelativeBiasSpec(16, 40, bidirectional, true));
    }

    private static TransformerSpec spec(String name, PositionSpec position, NormPlacement placement, NormSpec norm,
            AttentionSpec source, AttentionSpec self, AttentionSpec cross, boolean finalNorm) {
        EmbeddingSpec embedding = new EmbeddingSpec(RandomDecoder.VOCABULARY, 0, 1, null);
        FeedForwardSpec feedForward = new FeedForwardSpec(72, Activation.RELU);
        StackSpec encoder = new StackSpec(2, 48, placement, norm, List.of(source), List.of(0), feedForward, 1,
                finalNorm);
        StackSpec decoder = new StackSpec(3, 48, placement, norm, List.of(self), List.of(0), cross, feedForward, 1,
                finalNorm);
        return TransformerSpec.encoderDecoder(name, new SourceSpec(embedding, true, position, encoder, null),
                embedding, position, decoder, new OutputSpec(false, true, 1, 0));
    }

    /** Writes a model that begins texts with {@link #START}, and ends some of them before they are as long as they may be. */
    public static Path write(Path file, TransformerSpec spec, Metadata.Builder metadata) throws IOException {
        metadata.put(GenerationSpec.PREFIX + "start", START).put(GenerationSpec.PREFIX + "banned", new int[]{START});
        metadata.put(GenerationSpec.PREFIX + "eos", ENDS);
        return RandomDecoder.write(file, spec, DataType.F32, 11, metadata);
    }
}
