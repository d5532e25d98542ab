package dev.lanewise.tools.convert;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tokenizer.Tokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What lies beside the weights of a model: its tokenizer and its licence. */
final class ModelFolder {
    private static final Pattern LICENCE = Pattern.compile("license:\\s*[\"']?([A-Za-z0-9.+-]{1,64})[\"']?\\s*");
    private static final int MOST_LINES = 500;
    private static final int MOST_CHARACTERS = 64 << 10;

    private ModelFolder() {}

    /**
     * The tokenizer of the first of these files that exists.
     *
     * @throws ModelFormatException if it has ids that the model has no embedding for
     */
    static Optional<Tokenizer> tokenizer(List<Path> candidates, TransformerSpec spec) throws IOException {
        for (Path file : candidates) {
            if (Files.exists(file)) {
                Tokenizer tokenizer = file.getFileName().toString().endsWith(".json")
                        ? TokenizerJson.read(file)
                        : VocabTxt.read(file);
                if (tokenizer.size() > spec.embedding().vocabulary()) {
                    throw new ModelFormatException(file.toString(), -1, "size of the vocabulary",
                            "at most " + spec.embedding().vocabulary() + ", the embeddings that the model has",
                            Integer.toString(tokenizer.size()));
                }
                return Optional.of(tokenizer);
            }
        }
        return Optional.empty();
    }

    /** The licence that the front matter of a model card states: a line between two lines of dashes at the beginning. */
    static Optional<String> licence(Path folder) throws IOException {
        Path card = folder.resolve("README.md");
        if (!Files.isRegularFile(card)) {
            return Optional.empty();
        }
        char[] start = new char[MOST_CHARACTERS];
        int length;
        try (BufferedReader in = new BufferedReader(
                new java.io.InputStreamReader(Files.newInputStream(card), StandardCharsets.UTF_8))) {
            length = Math.max(0, in.read(start));
        }
        List<String> lines = new String(start, 0, length).lines().limit(MOST_LINES).toList();
        if (lines.isEmpty() || !lines.getFirst().strip().equals("---")) {
            return Optional.empty();
        }
        for (String line : lines.subList(1, lines.size())) {
            Matcher matcher = LICENCE.matcher(line);
            if (matcher.matches()) {
                return Optional.of(matcher.group(1));
            }
            if (line.strip().equals("---")) {
                break;
            }
        }
        return Optional.empty();
    }
}
