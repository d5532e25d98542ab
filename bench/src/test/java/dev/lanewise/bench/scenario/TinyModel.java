package dev.lanewise.bench.scenario;

import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tokenizer.AddedToken;
import dev.lanewise.tokenizer.BertNormalizer;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.SpecWriter;
import dev.lanewise.writer.TokenizerWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** An encoder with random weights whose tokenizer knows the words of {@link Texts}. */
final class TinyModel {
    private static final List<String> SPECIAL = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]");

    private TinyModel() {}

    static Path write(Path file) throws IOException {
        String[] vocabulary = Stream.concat(SPECIAL.stream(), Texts.WORDS.stream()).toArray(String[]::new);
        NormSpec norm = new NormSpec(NormSpec.Kind.LAYER, 1e-12);
        TransformerSpec spec = TransformerSpec.encoder("test",
                new EmbeddingSpec(vocabulary.length, 2, norm), new PositionSpec(PositionSpec.Kind.LEARNED, 200, 0),
                new StackSpec(1, 16, StackSpec.NormPlacement.POST, norm, new AttentionSpec(2, 8, 1 / Math.sqrt(8)),
                        new FeedForwardSpec(32, Activation.GELU)),
                new PoolingSpec(PoolingSpec.Kind.MEAN, true));
        Metadata.Builder metadata = Metadata.builder();
        SpecWriter.write(spec, metadata);
        TokenizerWriter.write(tokenizer(vocabulary), metadata);
        return RandomWeights.write(file, spec, metadata.build());
    }

    private static Tokenizer tokenizer(String[] vocabulary) {
        List<AddedToken> added = Stream.of(0, 1, 2, 3).map(id -> AddedToken.special(id, SPECIAL.get(id))).toList();
        return new Tokenizer(
                TokenizerSpec.wordPiece(vocabulary, "[UNK]", "##", 100, new BertNormalizer(true, true, true, true),
                        added, new Template(new int[]{2, Template.A, 3}, new int[]{0, 0, 0}),
                        new Template(new int[]{2, Template.A, 3, Template.B, 3}, new int[]{0, 0, 0, 1, 1}), true));
    }
}
