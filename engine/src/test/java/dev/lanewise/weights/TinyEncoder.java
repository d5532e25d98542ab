package dev.lanewise.weights;

import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tokenizer.AddedToken;
import dev.lanewise.tokenizer.BertNormalizer;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.writer.LaneWriter;
import dev.lanewise.writer.SpecWriter;
import dev.lanewise.writer.TokenizerWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A small and complete encoder with weights that follow from their place: the golden files hold it, and the hostile files
 * are made of it. Run {@link #main} to write the golden files anew; that is allowed for a version of the format that no
 * release has written yet, and never after.
 */
final class TinyEncoder {
    static final String[] VOCABULARY = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "cat", "sat", "##s", "."};

    private TinyEncoder() {}

    public static void main(String[] arguments) throws IOException {
        for (DataType type : DataType.values()) {
            write(Path.of(arguments[0]).resolve(goldenName(type)), type);
        }
    }

    static String goldenName(DataType type) {
        return "tiny-encoder-v1-" + type.name().toLowerCase(java.util.Locale.ROOT) + ".lane";
    }

    static TransformerSpec spec() {
        NormSpec norm = new NormSpec(NormSpec.Kind.LAYER, 1e-12);
        return TransformerSpec.encoder("tiny",
                new EmbeddingSpec(VOCABULARY.length, 2, norm), new PositionSpec(PositionSpec.Kind.LEARNED, 8, 0),
                new StackSpec(1, 6, StackSpec.NormPlacement.POST, norm, new AttentionSpec(2, 3, 1 / Math.sqrt(3)),
                        new FeedForwardSpec(10, Activation.GELU)),
                new PoolingSpec(PoolingSpec.Kind.MEAN, true));
    }

    static Tokenizer tokenizer() {
        List<AddedToken> added = List.of(AddedToken.special(0, "[PAD]"), AddedToken.special(1, "[UNK]"),
                AddedToken.special(2, "[CLS]"), AddedToken.special(3, "[SEP]"));
        return new Tokenizer(TokenizerSpec.wordPiece(VOCABULARY.clone(), "[UNK]", "##", 100,
                new BertNormalizer(true, true, true, true), added,
                new Template(new int[]{2, Template.A, 3}, new int[]{0, 0, 0}),
                new Template(new int[]{2, Template.A, 3, Template.B, 3}, new int[]{0, 0, 0, 1, 1}), true));
    }

    /** The metadata of the encoder, and a value of every type under "example.". */
    static Metadata metadata() {
        Metadata.Builder out = Metadata.builder();
        SpecWriter.write(spec(), out);
        TokenizerWriter.write(tokenizer(), out);
        return out.put("provenance.license", "Apache-2.0").put("example.bool", true).put("example.integer", -7L)
                .put("example.number", 0.1).put("example.string", "\u00e4\u20ac\ud83d\ude00")
                .put("example.integers", new int[]{1, -2, Integer.MAX_VALUE})
                .put("example.numbers", new float[]{0.5f, -3f}).put("example.strings", new String[]{"", "x"}).build();
    }

    /** A weight by its place; its 8 significant bits fit every type. */
    static float weight(String tensor, int row, int column) {
        int n = (tensor.hashCode() & 0xFFFF) + row * 31 + column * 7;
        return (n % 257 - 128) / 64f;
    }

    static void write(Path file, DataType type) throws IOException {
        List<TensorInfo> tensors = spec().tensors(type).toList();
        try (LaneWriter writer = new LaneWriter(file, metadata(), tensors)) {
            for (TensorInfo tensor : tensors) {
                writer.write((row, into) -> {
                    for (int column = 0; column < tensor.columns(); column++) {
                        into[column] = weight(tensor.name(), row, column);
                    }
                });
            }
            writer.finish();
        }
    }
}
