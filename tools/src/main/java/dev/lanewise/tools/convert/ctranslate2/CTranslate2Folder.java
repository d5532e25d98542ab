package dev.lanewise.tools.convert.ctranslate2;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.GenerationSpec.Stopping;
import dev.lanewise.spec.GenerationSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tools.convert.Generation;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.MappedFile;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.writer.TensorRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A folder of CTranslate2 with an encoder-decoder, or with Whisper. */
public final class CTranslate2Folder implements ModelSource {
    private static final long LARGEST_CONFIG = 4 << 20;
    private static final int MOST_IDS = 1 << 16;
    private static final int FIRST_WITH_CONFIG = 6;
    private static final int[] NONE = {};
    /** CTranslate2 makes no empty texts unless told to. */
    private static final int LEAST = 1;
    private static final String SPEECH_START = "<|startoftranscript|>";
    private static final String SPEECH_END = "<|endoftext|>";

    private final ModelBin file;
    private final String name;
    private final JsonNode config;
    private final TransformerSpec spec;
    private final SpecTensors tensors;
    private final Generation generation;
    private final FolderTokenizers tokenizers;

    /**
     * The tokens that steer a model.
     *
     * @param start what the decoder begins with, or null
     */
    record Control(String unknown, String begin, String end, String start, boolean addBegin, boolean addEnd) {}

    private CTranslate2Folder(ModelBin file) throws IOException {
        this.file = file;
        Path path = file.files().getFirst();
        name = path.toString();
        Path folder = path.toAbsolutePath().getParent();
        config = config(folder.resolve("config.json"));
        Variables variables = file.variables();
        Attributes in = new Attributes(name, variables);
        boolean speech = variables.kind().equals(SpecReader.WHISPER);
        Control control = speech ? null : variables.version() < FIRST_WITH_CONFIG ? control(in) : control(config);
        if (config.path("quantization_type").asInt() != 0) {
            throw new UnsupportedModelException(name + ": weights of 4 bits (AWQ) are not supported in a CTranslate2"
                    + " model");
        }
        double epsilon = config.path("layer_norm_epsilon").asDouble(0);
        SpecReader reader = new SpecReader(name, variables.kind(), in, epsilon);
        spec = reader.read();
        VocabularyFile target = vocabulary(folder, speech, false, control);
        VocabularyFile source = speech ? target : vocabulary(folder, false, true, control);
        checkSize(target, spec.embedding().vocabulary());
        checkSize(source, speech ? spec.embedding().vocabulary() : spec.source().embedding().vocabulary());
        tensors = new SpecTensors(in, spec, zeroRow(reader, control, target));
        in.finish();
        generation = speech ? speech(target) : text(control, target);
        tokenizers = FolderTokenizers.of(folder, source, target, control);
    }

    /**
     * Opens a model.
     *
     * @param file is closed with the result, or at once if it is refused
     * @throws UnsupportedModelException if there is something that there is no word for
     * @throws ModelFormatException if a file is damaged, or contradicts another
     */
    public static CTranslate2Folder open(ModelBin file) throws IOException {
        try {
            return new CTranslate2Folder(file);
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    private static JsonNode config(Path path) throws IOException {
        if (!Files.exists(path)) {
            return JsonNodeFactory.instance.objectNode();
        }
        try (MappedFile mapped = MappedFile.open(path)) {
            return Json.object(mapped, LARGEST_CONFIG);
        }
    }

    /** Until version 5 the variables say it. */
    private static Control control(Attributes in) {
        String begin = in.word("bos_token", "<s>");
        String end = in.word("eos_token", "</s>");
        boolean withBegin = in.flag("with_target_bos", true);
        boolean user = in.flag("user_decoder_start_tokens", false);
        return new Control(in.word("unk_token", "<unk>"), begin, end, user ? null : withBegin ? begin : end,
                in.flag("with_source_bos", false), in.flag("with_source_eos", false));
    }

    private static Control control(JsonNode config) {
        return new Control(config.path("unk_token").asText("<unk>"), config.path("bos_token").asText("<s>"),
                config.path("eos_token").asText("</s>"),
                config.path("decoder_start_token").isNull() ? null : config.path("decoder_start_token").asText("<s>"),
                config.path("add_source_bos").asBoolean(false), config.path("add_source_eos").asBoolean(false));
    }

    private static VocabularyFile vocabulary(Path folder, boolean speech, boolean source, Control control)
            throws IOException {
        Optional<VocabularyFile> found = speech
                ? VocabularyFile.find(folder, "vocabulary")
                : source ? VocabularyFile.source(folder) : VocabularyFile.target(folder);
        if (found.isEmpty()) {
            String missing = speech ? "vocabulary" : source ? "source_vocabulary" : "target_vocabulary";
            throw new NoSuchFileException(folder.resolve(missing + ".json").toString(), null,
                    "no such file, nor one in text; without it nobody knows what the ids mean");
        }
        return speech ? found.get() : found.get().with(control.unknown());
    }

    private static void checkSize(VocabularyFile vocabulary, int embeddings) {
        if (vocabulary.tokens().size() != embeddings) {
            throw new ModelFormatException(vocabulary.file().toString(), -1, "vocabulary",
                    embeddings + " tokens, as the model has embeddings", vocabulary.tokens().size() + "");
        }
    }

    /** Marian's decoders begin with zeros: where the first token is the end, which never goes in again, its row can be zeros. */
    private int zeroRow(SpecReader reader, Control control, VocabularyFile target) {
        if (control == null || !reader.zeroStart()) {
            return -1;
        }
        if (control.start() == null || !control.start().equals(control.end())) {
            throw new UnsupportedModelException(
                    name + ": a decoder that begins with zeros and another token than the one"
                            + " that ends a text is not supported");
        }
        return id(target, control.end());
    }

    private static int id(VocabularyFile vocabulary, String token) {
        int id = vocabulary.id(token);
        if (id < 0) {
            throw new ModelFormatException(vocabulary.file().toString(), -1, "vocabulary",
                    "the token " + Json.quoted(token), "none");
        }
        return id;
    }

    /** What is banned is so before probabilities are made of logits: those of the others sum up to 1. */
    private static Generation text(Control control, VocabularyFile target) {
        return new Generation(List.of(id(target, control.end())), Optional.empty(),
                Optional.ofNullable(control.start()).map(start -> new GenerationSpec(id(target, start), -1, -1, NONE,
                        NONE, true, LEAST, 0, 1, 1, Stopping.FIRST, 0)));
    }

    private Generation speech(VocabularyFile target) {
        return new Generation(List.of(id(target, SPEECH_END)), Optional.empty(),
                Optional.of(new GenerationSpec(id(target, SPEECH_START), -1, -1, ids("suppress_ids"),
                        ids("suppress_ids_begin"), false, 0, 0, 1, 1, Stopping.ESTIMATE, 0)));
    }

    private int[] ids(String key) {
        List<Integer> ids = new ArrayList<>();
        for (JsonNode id : config.path(key)) {
            if (!id.canConvertToInt() || id.asInt() < 0 || id.asInt() >= spec.embedding().vocabulary()
                    || ids.size() == MOST_IDS) {
                throw new ModelFormatException(name, -1, "config.json, " + key,
                        "ids below " + spec.embedding().vocabulary(), Json.kind(id));
            }
            ids.add(id.asInt());
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public String format() {
        return file.format();
    }

    @Override
    public TransformerSpec spec() {
        return spec;
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return Optional.of(tokenizers.source());
    }

    @Override
    public Optional<Tokenizer> targetTokenizer() {
        return tokenizers.target();
    }

    @Override
    public TensorRows rows(String tensor) {
        return tensors.rows(tensor);
    }

    @Override
    public DataType type(String tensor) {
        return tensors.type(tensor);
    }

    @Override
    public Generation generation() {
        return generation;
    }

    @Override
    public List<Path> files() {
        return file.files();
    }

    @Override
    public Map<String, String> provenance() {
        return Map.of();
    }

    @Override
    public List<String> notes() {
        return tensors.isWidened()
                ? List.of(
                        "weights of 16-bit whole numbers, or of 8-bit ones whose rows are no whole words, become floats"
                                + " of the same values; with --type q8_0 the file is smaller, and the values are rounded")
                : List.of();
    }

    @Override
    public void close() {
        file.close();
    }
}
