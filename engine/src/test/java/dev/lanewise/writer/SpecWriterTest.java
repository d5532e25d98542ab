package dev.lanewise.writer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.RandomDecoder;
import dev.lanewise.RandomEncoderDecoder;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.AttentionSpec.QueryKeyNorm;
import dev.lanewise.spec.AttentionSpec.Scope;
import dev.lanewise.spec.DenseSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.FeedForwardSpec.ExpertsSpec;
import dev.lanewise.spec.HeadSpec;
import dev.lanewise.spec.HeadSpec.Scores;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.NormSpec.Kind;
import dev.lanewise.spec.OutputSpec;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.RotarySpec.Scaling;
import dev.lanewise.spec.SourceSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.StackSpec.NormPlacement;
import dev.lanewise.spec.StemSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.weights.Metadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is written is read: the writer is in another jar than the readers, and both spell every key. */
class SpecWriterTest {
    private static final NormSpec LAYER = new NormSpec(Kind.LAYER, 1e-5, false);
    private static final NormSpec RMS = new NormSpec(Kind.RMS, 1e-6, true);
    private static final List<DenseSpec> DENSE = List.of(new DenseSpec(30, false, Activation.TANH, RMS),
            new DenseSpec(40, true, null, null));

    static List<TransformerSpec> specs() {
        List<TransformerSpec> all = new ArrayList<>(RandomDecoder.all());
        all.addAll(RandomEncoderDecoder.all());
        all.add(sound(new StemSpec(80, 2, 2, Activation.GELU), RMS));
        all.add(sound(new StemSpec(128, 3, 1, Activation.RELU), LAYER));
        for (Scaling scaling : List.of(new RotarySpec.Plain(), new RotarySpec.Linear(2), new RotarySpec.Linear(4),
                new RotarySpec.Llama3(8, 1, 4, 8192), new RotarySpec.Llama3(16, 2, 8, 4096),
                new RotarySpec.Yarn(4, 512, 32, 1, 1.1, true), new RotarySpec.Yarn(2, 256, 16, 2, 1, false),
                new RotarySpec.Factors(List.of(1f, 2.5f), 1.2),
                new RotarySpec.Factors(List.of(3f, 4f), 1, List.of(5f, 6f), 700), new RotarySpec.Dynamic(3, 600),
                new RotarySpec.Dynamic(5, 800))) {
            all.add(decoder(scaling));
        }
        all.add(encoder(new StackSpec(6, 48, NormPlacement.SANDWICH, RMS, List.of(attention(0), attention(9)),
                List.of(0, 1, 1), null, experts(2, true), 0.5, true, true, 3))
                .withHead(new HeadSpec(PoolingSpec.Kind.CLS, DENSE, 3, false, false, Scores.SIGMOID,
                        List.of("a", "b", "c"), 55)));
        all.add(encoder(new StackSpec(5, 48, NormPlacement.PRE, LAYER, List.of(attention(7)), List.of(0), null,
                experts(3, false), 1, false, false, 5))
                .withHead(new HeadSpec(null, DENSE.subList(1, 2), 97, true, true, Scores.NONE, List.of(), 0))
                .withPooling(new PoolingSpec(PoolingSpec.Kind.LAST, List.of(), false, 0)));
        return all;
    }

    private static TransformerSpec encoder(StackSpec stack) {
        return TransformerSpec.encoder("encoder", new EmbeddingSpec(97, 3, 2.5, LAYER, 40),
                new PositionSpec(PositionSpec.Kind.SINUSOIDAL_HALVES, 300, 2, true), stack,
                new PoolingSpec(PoolingSpec.Kind.MEAN, DENSE, true, 77));
    }

    private static AttentionSpec attention(int window) {
        return new AttentionSpec(6, 3, 8, 0.3, 20, window, false, true, new QueryKeyNorm(Scope.HEAD, RMS), null, 0.25,
                null);
    }

    private static FeedForwardSpec experts(int used, boolean renormalized) {
        return new FeedForwardSpec(64, Activation.SILU, true, false, new ExpertsSpec(2 * used, used, renormalized));
    }

    private static TransformerSpec decoder(Scaling scaling) {
        AttentionSpec attention = new AttentionSpec(4, 4, 8, 0.4, 0, 0, true, false,
                new QueryKeyNorm(Scope.ALL, LAYER), new RotarySpec(1e4, 4, scaling), false);
        return TransformerSpec.decoder("decoder", new EmbeddingSpec(50, 0, null),
                new PositionSpec(PositionSpec.Kind.NONE, 900, 0), new StackSpec(2, 32, NormPlacement.PARALLEL, RMS,
                        attention, new FeedForwardSpec(64, Activation.GELU)),
                new OutputSpec(true, false, 0.5, 30));
    }

    private static TransformerSpec sound(StemSpec stem, NormSpec norm) {
        AttentionSpec attention = new AttentionSpec(4, 8, 0.4);
        FeedForwardSpec feedForward = new FeedForwardSpec(64, Activation.GELU);
        PositionSpec position = new PositionSpec(PositionSpec.Kind.LEARNED, 100, 1);
        return TransformerSpec.encoderDecoder("sound",
                new SourceSpec(null, false, position,
                        new StackSpec(1, 32, NormPlacement.PRE, norm, attention, feedForward), stem),
                new EmbeddingSpec(50, 0, norm), position, new StackSpec(2, 32, NormPlacement.PRE, norm,
                        List.of(attention), List.of(0), attention, feedForward, 1, true),
                new OutputSpec(false, true, 1, 0));
    }

    @ParameterizedTest
    @MethodSource("specs")
    void whatIsWritten_isRead(TransformerSpec spec) {
        Metadata.Builder out = Metadata.builder();
        SpecWriter.write(spec, out);
        assertEquals(spec, TransformerSpec.read(out.build()));
    }

    /** Every part of every record has two values at least above: one that the writer forgets would be missed by the reader. */
    @Test
    void nothingIsLeftOut() throws ReflectiveOperationException {
        Map<String, Set<String>> values = new TreeMap<>();
        for (TransformerSpec spec : specs()) {
            Parts.collect(spec, values);
        }
        assertTrue(values.size() > 90, values.size() + ": " + values.keySet());
        values.values().removeIf(different -> different.size() > 1);
        assertEquals(Map.of(), values);
    }
}
