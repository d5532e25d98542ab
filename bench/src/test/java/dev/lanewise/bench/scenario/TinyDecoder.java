package dev.lanewise.bench.scenario;

import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.OutputSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.SpecWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A decoder of llama's kind with random weights, without a tokenizer, with room for every case of the scenario. */
final class TinyDecoder {
    private TinyDecoder() {}

    static Path write(Path file) throws IOException {
        TransformerSpec spec = TransformerSpec.decoder("test", new EmbeddingSpec(40, 0, null),
                new PositionSpec(PositionSpec.Kind.NONE, 4100, 0),
                new StackSpec(1, 16, StackSpec.NormPlacement.PRE, new NormSpec(NormSpec.Kind.RMS, 1e-5),
                        List.of(new AttentionSpec(2, 1, 8, 1 / Math.sqrt(8), 0, 0, false, false, null,
                                new RotarySpec(1e4, 8), false)),
                        List.of(0), new FeedForwardSpec(32, Activation.SILU, true, false, null), 1, true),
                new OutputSpec(true, false, 1, 0));
        Metadata.Builder metadata = Metadata.builder();
        SpecWriter.write(spec, metadata);
        return RandomWeights.write(file, spec, metadata.build());
    }
}
