package dev.lanewise.tools;

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
import dev.lanewise.tools.command.Commands;
import dev.lanewise.tools.console.Console;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.LaneWriter;
import dev.lanewise.writer.SpecWriter;
import dev.lanewise.writer.TokenizerWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Embeds a text with a tiny model that it makes itself, so that a JVM which records what it loads can make an archive of it.
 * The launcher runs it.
 */
final class StartTraining {
    private StartTraining() {}

    /** Runs what {@link Main} runs; fails unless all went well. */
    public static void main(String[] args) throws IOException {
        Path file = Files.createTempFile("lanewise", ".lane");
        try {
            Files.delete(file); // its name was wanted
            write(file);
            Console silent = new Console(InputStream.nullInputStream(), OutputStream.nullOutputStream(),
                    OutputStream.nullOutputStream(), Map.of(), false);
            for (List<String> options : List.of(List.<String>of(), List.of("--json"))) {
                List<String> command = new ArrayList<>(
                        List.of("embed", file.toString(), "hello, world", "--threads", "2"));
                command.addAll(options);
                String[] exact = Arguments.exact(command.toArray(String[]::new));
                if (Restart.isNeeded(exact) || Commands.run(exact, silent) != Commands.OK) {
                    throw new IOException("the training has failed");
                }
            }
            Console.ofProcess();
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static void write(Path file) throws IOException {
        NormSpec norm = new NormSpec(NormSpec.Kind.LAYER, 1e-12);
        String[] vocabulary = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "hello", "world", "##s", ","};
        TransformerSpec spec = TransformerSpec.encoder("training",
                new EmbeddingSpec(vocabulary.length, 2, norm), new PositionSpec(PositionSpec.Kind.LEARNED, 64, 0),
                new StackSpec(1, 384, StackSpec.NormPlacement.POST, norm, new AttentionSpec(12, 32, 0.2),
                        new FeedForwardSpec(1536, Activation.GELU)),
                new PoolingSpec(PoolingSpec.Kind.MEAN, true));
        Metadata.Builder metadata = Metadata.builder();
        SpecWriter.write(spec, metadata);
        TokenizerWriter.write(new Tokenizer(
                TokenizerSpec.wordPiece(vocabulary, "[UNK]", "##", 100, new BertNormalizer(true, true, true, true),
                        List.of(AddedToken.special(0, "[PAD]"), AddedToken.special(1, "[UNK]"),
                                AddedToken.special(2, "[CLS]"), AddedToken.special(3, "[SEP]")),
                        new Template(new int[]{2, Template.A, 3}, new int[]{0, 0, 0}),
                        new Template(new int[]{2, Template.A, 3, Template.B, 3}, new int[]{0, 0, 0, 1, 1}), true)),
                metadata);
        List<TensorInfo> tensors = spec.tensors(DataType.F32).toList();
        try (LaneWriter writer = new LaneWriter(file, metadata.build(), tensors)) {
            for (int i = 0; i < tensors.size(); i++) {
                writer.write((_, into) -> Arrays.fill(into, 0.01f));
            }
            writer.finish();
        }
    }
}
