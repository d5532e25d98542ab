package dev.lanewise.tools.convert.huggingface;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.TransformerSpec.Shape;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tools.convert.ForeignFile;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.tools.convert.Prompts;
import dev.lanewise.writer.TensorRows;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A model in the folder it was published in: what lies beside the weights, whatever format those have. */
public abstract class PublishedModel implements ModelSource {
    private static final Pattern LICENCE = Pattern.compile("license:\\s*[\"']?([A-Za-z0-9.+-]{1,64})[\"']?\\s*");
    private static final int MOST_LINES = 500;
    private static final int MOST_CHARACTERS = 64 << 10;

    private final Path folder;
    private final ForeignFile weights;
    private final TransformerSpec spec;
    private final SentenceTransformers sentences; // null where texts are not embedded
    private final Optional<Tokenizer> tokenizer;
    private final Optional<Tokenizer> targetTokenizer;
    private final List<String> notes = new ArrayList<>();

    /**
     * @param weights closed with this, once it is made; until then, who opened them closes them
     * @param folder with the model card, and what sentence-transformers adds
     * @param bare the specification without what is in the folder
     * @param tokenizers the files that its tokenizer may be in; the first that exists is
     * @param remarks what a person should know of the weights
     */
    protected PublishedModel(ForeignFile weights, Path folder, TransformerSpec bare, List<Path> tokenizers,
            List<String> remarks) throws IOException {
        this.weights = weights;
        this.folder = folder;
        notes.addAll(remarks);
        Optional<Path> file = tokenizers.stream().filter(Files::exists).findFirst();
        tokenizer = file.isEmpty() ? Optional.empty() : Optional.of(tokenizer(file.get(), bare.family()));
        targetTokenizer = file.isEmpty() || bare.source() == null
                ? Optional.empty()
                : SentencePieceFolder.target(file.get());
        boolean reads = bare.source() != null && bare.source().embedding() != null;
        checkFits(file, tokenizer, reads ? bare.source().embedding() : bare.embedding());
        checkFits(file, targetTokenizer, bare.embedding());
        // Last, as it opens files.
        sentences = bare.shape() == Shape.ENCODER ? SentenceTransformers.open(folder, bare) : null;
        spec = sentences == null ? bare : sentences.complete(bare);
        notes.addAll(sentences == null ? List.of() : sentences.notes());
    }

    /** The remark on heads of an encoder that are not converted; none where there are none. */
    protected static List<String> leftOut(String heads) {
        return heads.isEmpty()
                ? List.of()
                : List.of("left out, because encoders are converted without heads: " + heads);
    }

    @Override
    public final TransformerSpec spec() {
        return spec;
    }

    /** The rows of a tensor of the network itself; otherwise as {@link #rows}. */
    protected abstract TensorRows networkRows(String name);

    /** The type of a tensor of the network itself; otherwise as {@link #type}. */
    protected abstract DataType networkType(String name);

    @Override
    public final TensorRows rows(String name) {
        ForeignTensor dense = sentences == null ? null : sentences.tensors().get(name);
        return dense == null ? networkRows(name) : dense.rows();
    }

    @Override
    public final DataType type(String name) {
        ForeignTensor dense = sentences == null ? null : sentences.tensors().get(name);
        return dense == null ? networkType(name) : dense.source().type();
    }

    @Override
    public final Prompts prompts() {
        return sentences == null ? Prompts.NONE : sentences.prompts();
    }

    @Override
    public final Optional<Tokenizer> tokenizer() {
        return tokenizer;
    }

    @Override
    public final Optional<Tokenizer> targetTokenizer() {
        return targetTokenizer;
    }

    @Override
    public final List<Path> files() {
        List<Path> files = new ArrayList<>(weights.files());
        if (sentences != null) {
            files.addAll(sentences.files());
        }
        return files;
    }

    @Override
    public Map<String, String> provenance() throws IOException {
        Map<String, String> provenance = new TreeMap<>();
        licence().ifPresent(licence -> provenance.put("license", licence));
        return provenance;
    }

    @Override
    public final List<String> notes() {
        return List.copyOf(notes);
    }

    @Override
    public final void close() {
        weights.close();
        if (sentences != null) {
            sentences.close();
        }
    }

    static Tokenizer tokenizer(Path file, String family) throws IOException {
        return switch (file.getFileName().toString()) {
            case String name when name.endsWith("tokenizer.json") -> TokenizerJson.read(file);
            case "vocab.txt" -> VocabTxt.read(file);
            default -> SentencePieceFolder.read(file, family);
        };
    }

    private static void checkFits(Optional<Path> file, Optional<Tokenizer> tokenizer, EmbeddingSpec embedding) {
        if (tokenizer.isPresent() && tokenizer.get().size() > embedding.vocabulary()) {
            throw new ModelFormatException(file.orElseThrow().toString(), -1, "size of the vocabulary",
                    "at most " + embedding.vocabulary() + ", the embeddings that the model has",
                    Integer.toString(tokenizer.get().size()));
        }
    }

    /** The licence that the front matter of a model card states: a line between two lines of dashes at the beginning. */
    private Optional<String> licence() throws IOException {
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
