package dev.lanewise.tools.convert.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.TransformerSpec.Shape;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.Generation;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.MappedFile;
import dev.lanewise.tools.convert.SpecLimits;
import dev.lanewise.tools.convert.family.DecoderDraft;
import dev.lanewise.tools.convert.family.DecoderTensors;
import dev.lanewise.tools.convert.family.TensorNames;
import dev.lanewise.writer.TensorRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A folder as transformers writes it: {@code config.json}, safetensors, and a tokenizer if there is one. Its
 * {@code model_type} says which row of a table of families maps keys to words and names to names.
 */
public final class HuggingFaceFolder extends PublishedModel {
    /** The file that says what the weights compute. */
    public static final String CONFIG = "config.json";
    private static final long LARGEST_CONFIG = 4 << 20;
    /** What may stand upon an encoder, whether a configuration asks for it or not; each followed by a dot. */
    private static final Set<String> HEADS = Set.of("pooler", "cls", "classifier", "qa_outputs", "lm_head",
            "pre_classifier", "vocab_transform", "vocab_layer_norm", "vocab_projector", "predictions", "sop_classifier",
            "generator_predictions", "generator_lm_head", "discriminator_predictions", "head", "decoder");
    /** Names of the bias beside a head's own matrix that has one too; without the prefix. */
    private static final Set<String> HEAD_BIASES = Set.of("cls.predictions.bias", "predictions.bias", "lm_head.bias");
    private static final Set<String> POSITION_IDS = Set.of("embeddings.position_ids", "position_ids");
    /** Ends of names of tensors that are the table of tokens, or the bias, once more. */
    private static final List<String> TABLE_COPIES = List.of("decoder.weight", "decoder.bias", "vocab_projector.weight",
            "generator_lm_head.weight");
    /** Ends of names of tables that follow from the configuration, and that older releases saved. */
    private static final List<String> DERIVED = List.of(".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias",
            ".attention.bias", ".attention.masked_bias", ".embed_positions.weights",
            ".EncDecAttention.relative_attention_bias.weight");
    /** Ends of names of tables that are another one's copies where they are not looked up. */
    private static final List<String> COPIES = List.of("encoder.embed_tokens.weight", "decoder.embed_tokens.weight",
            "lm_head.weight", "proj_out.weight", "shared.weight");

    private final Weights weights;
    private final Generation generation;

    /** What a folder holds, whatever its family. */
    private record Weights(TransformerSpec spec, Function<String, TensorRows> rows, Function<String, DataType> types,
            List<Path> tokenizers, List<String> remarks) {}

    private HuggingFaceFolder(Path folder, WeightFiles files) throws IOException {
        Path file = folder.resolve(CONFIG);
        JsonNode config;
        try (MappedFile mapped = MappedFile.open(file)) {
            config = Json.object(mapped, LARGEST_CONFIG);
        }
        String type = config.path("model_type").asText();
        Weights opened;
        if (EncoderFamilies.knows(type)) {
            opened = encoder(type, folder, files.tensors(), config);
        } else if (DecoderFamilies.knows(type)) {
            opened = decoder(type, folder, files.tensors(), config);
        } else if (EncoderDecoderFamilies.knows(type)) {
            opened = encoderDecoder(type, folder, files.tensors(), config);
        } else {
            throw new UnsupportedModelException(file + ": "
                    + (type.isEmpty() ? "no model_type" : "the model_type '" + Json.printable(type, 60) + "'")
                    + " is not supported; supported are " + String.join(", ", EncoderFamilies.types()) + ", "
                    + String.join(", ", DecoderFamilies.types())
                    + ", " + String.join(", ", EncoderDecoderFamilies.types()));
        }
        Generation texts = opened.spec.shape() == Shape.ENCODER
                ? Generation.NONE
                : GenerationConfig.read(folder, config, opened.spec, opened.remarks);
        super(files, folder, opened.spec, opened.tokenizers, opened.remarks);
        weights = opened;
        generation = texts;
    }

    /**
     * Opens a model.
     *
     * @param folder the folder with the configuration
     * @param weights of the model; closed with this, also if it cannot be made
     */
    public static HuggingFaceFolder open(Path folder, WeightFiles weights) throws IOException {
        try {
            return new HuggingFaceFolder(folder, weights);
        } catch (Throwable e) {
            weights.close();
            throw e;
        }
    }

    /** The tokenizer that a folder holds, with or without weights; empty if there is none. */
    public static Optional<Tokenizer> tokenizer(Path folder) throws IOException {
        Path config = folder.resolve(CONFIG);
        String type = "";
        if (Files.exists(config)) {
            try (MappedFile mapped = MappedFile.open(config)) {
                type = Json.object(mapped, LARGEST_CONFIG).path("model_type").asText();
            }
        }
        for (Path file : tokenizers(folder, type)) {
            if (Files.exists(file)) {
                return Optional.of(tokenizer(file, type));
            }
        }
        return Optional.empty();
    }

    private static List<Path> tokenizers(Path folder, String type) {
        List<Path> files = new ArrayList<>(SentencePieceFolder.files(folder, type));
        files.add(folder.resolve("vocab.txt"));
        return files;
    }

    @Override
    public String format() {
        return WeightFiles.FORMAT;
    }

    @Override
    protected TensorRows networkRows(String name) {
        return weights.rows.apply(name);
    }

    @Override
    protected DataType networkType(String name) {
        return weights.types.apply(name);
    }

    @Override
    public Generation generation() {
        return generation;
    }

    private static Weights decoder(String type, Path folder, Map<String, ForeignTensor> found, JsonNode config) {
        String file = folder.resolve(CONFIG).toString();
        DecoderDraft draft = DecoderFamilies.draft(type, file, config);
        TransformerSpec spec = SpecLimits.check(file, draft.spec(type));
        TensorNames names = DecoderFamilies.names(type);
        DecoderTensors tensors = new DecoderTensors(folder.toString(), spec, names,
                name -> found.containsKey(name) ? found.get(name).source() : null);
        List<String> remarks = new ArrayList<>(draft.notes());
        String head = names.modules().get("output") + ".weight";
        for (ForeignTensor tensor : found.values()) {
            String name = tensor.name();
            if (name.equals(head) && spec.output().tied()) {
                remarks.add("left out, because the configuration takes the table of tokens in its place: " + head);
            } else if (!tensors.used().contains(name) && DERIVED.stream().noneMatch(name::endsWith)) {
                throw new UnsupportedModelException(tensor.file() + ": the tensor '" + Json.printable(name, 100)
                        + "' has no place in a decoder of this configuration; supported are decoders without additions"
                        + " (adapters, other norms, cross-attention)");
            }
        }
        return new Weights(spec, tensors::rows, tensors::type, SentencePieceFolder.files(folder, type), remarks);
    }

    private static Weights encoderDecoder(String type, Path folder, Map<String, ForeignTensor> found, JsonNode config) {
        TensorNames names = EncoderDecoderFamilies.names(type);
        String prefix = found.keySet().stream().anyMatch(name -> name.startsWith(names.prefix())) ? names.prefix() : "";
        TransformerSpec spec = EncoderDecoderFamilies.spec(type, folder.resolve(CONFIG).toString(), config,
                name -> found.containsKey(prefix + name) || found.containsKey(name));
        boolean shared = spec.source().tied();
        NamedTensors tensors = new NamedTensors(folder.toString(), spec,
                shared ? names : names.with("embedding.token ~decoder.embed_tokens|~shared"), prefix,
                name -> found.containsKey(name) ? found.get(name).source() : null);
        List<String> remarks = new ArrayList<>();
        for (ForeignTensor tensor : found.values()) {
            String name = tensor.name();
            if (COPIES.stream().anyMatch(name::endsWith)) {
                if (!tensors.used().contains(name) && (shared || !name.endsWith("shared.weight"))) {
                    remarks.add("left out, because the configuration takes the shared table in its place: " + name);
                }
            } else if (!tensors.used().contains(name) && DERIVED.stream().noneMatch(name::endsWith)) {
                throw new UnsupportedModelException(tensor.file() + ": the tensor '" + Json.printable(name, 100)
                        + "' has no place in an encoder-decoder of this configuration; supported are those without"
                        + " additions (adapters, other norms)");
            }
        }
        return new Weights(spec, tensors::rows, tensors::type, SentencePieceFolder.files(folder, type), remarks);
    }

    private static Weights encoder(String type, Path folder, Map<String, ForeignTensor> found, JsonNode config) {
        String file = folder.resolve(CONFIG).toString();
        TensorNames names = EncoderFamilies.names(type);
        String prefix = Stream.of(names.prefix().split("\\|"))
                .filter(word -> found.keySet().stream().anyMatch(name -> name.startsWith(word))).findFirst().orElse("");
        EncoderHeads.Head named = EncoderHeads.of(file, config);
        // Who trained on without a head often left the name of the one there was.
        EncoderHeads.Head head = named == null || !named.isIn(found.keySet()) ? null : named;
        ForeignTensor output = head == null ? null : found.get(head.output() + ".weight");
        TransformerSpec spec = EncoderFamilies.spec(type, file, config, head,
                output == null ? 1 : EncoderHeads.outputs(output.shape(), output.file(), output.name()));
        NamedTensors tensors = new NamedTensors(folder.toString(), spec,
                head == null ? names : names.with(head.names(spec.head().tied())), prefix,
                name -> found.containsKey(name) ? found.get(name).source() : null);
        List<String> remarks = remarks(found, prefix, tensors.used(), spec);
        if (head != named) {
            remarks.add("the configuration names a head, " + config.path("architectures")
                    + ", of which there are no tensors: converted without it");
        }
        return new Weights(spec, tensors::rows, tensors::type, tokenizers(folder, type), remarks);
    }

    /** A reason for every tensor that is not used. */
    private static List<String> remarks(Map<String, ForeignTensor> found, String prefix, Set<String> used,
            TransformerSpec spec) {
        List<String> remarks = new ArrayList<>();
        Set<String> heads = new TreeSet<>();
        boolean vocabulary = spec.head() != null && spec.head().outputs() == spec.embedding().vocabulary();
        for (ForeignTensor tensor : found.values()) {
            String name = tensor.name();
            String bare = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
            String head = bare.substring(0, Math.max(0, bare.indexOf('.')));
            if (used.contains(name)) {
                continue;
            }
            if (spec.head() != null && spec.head().tied()
                    && TABLE_COPIES.stream().anyMatch(name::endsWith)) {
                remarks.add("left out, because the configuration takes the table of tokens in its place: " + name);
            } else if (vocabulary && HEAD_BIASES.contains(bare)) {
                remarks.add("left out, because the output's own matrix has a bias: " + name);
            } else if (HEADS.contains(head)) {
                heads.add(head);
            } else if (POSITION_IDS.contains(bare)) {
                checkPositions(tensor, spec.position());
            } else {
                throw new UnsupportedModelException(tensor.file() + ": the tensor '" + Json.printable(name, 100)
                        + "' has no place in an encoder of this configuration; supported are encoders"
                        + " without additions (adapters, other norms, cross-attention)");
            }
        }
        if (!heads.isEmpty()) {
            remarks.add("left out, because no head that the configuration names needs them: the tensors of "
                    + String.join(", ", heads));
        }
        if (spec.head() != null && spec.head().labels().isEmpty() && !vocabulary) {
            remarks.add("the configuration has no names for the " + spec.head().outputs()
                    + " labels of the head: they have numbers");
        }
        return remarks;
    }

    /** A buffer that older releases saved: it must say what everyone takes for granted. */
    private static void checkPositions(ForeignTensor tensor, PositionSpec position) {
        if (!tensor.countsFrom0(position.count() + position.offset())) {
            throw new UnsupportedModelException(tensor.file() + ": the tensor " + tensor.name()
                    + " does not hold the positions 0, 1, 2, ... as I64; others are not supported");
        }
    }
}
