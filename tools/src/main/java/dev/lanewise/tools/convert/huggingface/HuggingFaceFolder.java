package dev.lanewise.tools.convert.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.spec.TransformerSpec.Shape;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.Generation;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.MappedFile;
import dev.lanewise.tools.convert.SpecLimits;
import dev.lanewise.tools.convert.family.DecoderDraft;
import dev.lanewise.tools.convert.family.DecoderTensors;
import dev.lanewise.tools.convert.family.TensorNames;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.weights.TensorRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A folder as transformers writes it: {@code config.json}, safetensors, and a tokenizer if there is one. Its
 * {@code model_type} says which row of a table of families maps keys to words and names to names.
 */
public final class HuggingFaceFolder extends PublishedModel {
    /** The file that says what the weights compute. */
    public static final String CONFIG = "config.json";
    private static final long LARGEST_CONFIG = 4 << 20;
    private static final String BERT = "bert";
    private static final String PREFIX = "bert.";
    /** What stands upon the encoder and is not converted; each followed by a dot. */
    private static final Set<String> HEADS = Set.of("pooler", "cls", "classifier", "qa_outputs");
    private static final String POSITION_IDS = "embeddings.position_ids";
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
        if (type.equals(BERT)) {
            opened = encoder(folder, files.tensors(), BertConfig.spec(file.toString(), config));
        } else if (DecoderFamilies.knows(type)) {
            opened = decoder(type, folder, files.tensors(), config);
        } else if (EncoderDecoderFamilies.knows(type)) {
            opened = encoderDecoder(type, folder, files.tensors(), config);
        } else {
            throw new UnsupportedModelException(file + ": "
                    + (type.isEmpty() ? "no model_type" : "the model_type '" + Json.printable(type, 60) + "'")
                    + " is not supported; supported are " + BERT + ", " + String.join(", ", DecoderFamilies.types())
                    + ", " + String.join(", ", EncoderDecoderFamilies.types()));
        }
        super(files, folder, opened.spec, opened.tokenizers, opened.remarks);
        weights = opened;
        generation = opened.spec.shape() == Shape.ENCODER
                ? Generation.NONE
                : GenerationConfig.read(folder, config, opened.spec);
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
        List<Path> files = new ArrayList<>(SentencePieceFolder.files(folder, type));
        files.add(folder.resolve("vocab.txt"));
        for (Path file : files) {
            if (Files.exists(file)) {
                return Optional.of(tokenizer(file, type));
            }
        }
        return Optional.empty();
    }

    @Override
    public String format() {
        return WeightFiles.FORMAT;
    }

    @Override
    public TensorRows rows(String name) {
        return weights.rows.apply(name);
    }

    @Override
    public DataType type(String name) {
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
        EncoderDecoderTensors tensors = new EncoderDecoderTensors(folder.toString(), spec, names, prefix,
                name -> found.containsKey(name) ? found.get(name).source() : null);
        List<String> remarks = new ArrayList<>();
        for (ForeignTensor tensor : found.values()) {
            String name = tensor.name();
            if (COPIES.stream().anyMatch(name::endsWith)) {
                if (!tensors.used().contains(name)) {
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

    private static Weights encoder(Path folder, Map<String, ForeignTensor> found, TransformerSpec spec) {
        Map<String, ForeignTensor> assigned = new HashMap<>();
        Set<String> heads = assign(folder, found, spec, assigned);
        return new Weights(spec, name -> assigned(assigned, name).rows(),
                name -> assigned(assigned, name).source().type(),
                List.of(folder.resolve("tokenizer.json"), folder.resolve("vocab.txt")),
                leftOut(heads.isEmpty() ? "" : "the tensors of " + String.join(", ", heads)));
    }

    private static ForeignTensor assigned(Map<String, ForeignTensor> tensors, String name) {
        ForeignTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("not a tensor of the specification: " + name);
        }
        return tensor;
    }

    /**
     * Finds each tensor of the specification, and a reason for every other one.
     *
     * @param assigned gets the tensors by the names of the specification
     * @return the heads that are left out
     */
    private static Set<String> assign(Path folder, Map<String, ForeignTensor> found, TransformerSpec spec,
            Map<String, ForeignTensor> assigned) {
        String prefix = found.containsKey(PREFIX + "embeddings.word_embeddings.weight") ? PREFIX : "";
        Set<String> used = new TreeSet<>();
        for (TensorInfo wanted : spec.tensors(DataType.F32).toList()) {
            List<String> names = BertNames.of(wanted.name()).stream().map(name -> prefix + name)
                    .filter(found::containsKey).toList();
            if (names.size() != 1) {
                throw new ModelFormatException(folder.toString(), -1,
                        "tensor " + prefix + BertNames.of(wanted.name()).getFirst(), "one such tensor",
                        names.isEmpty() ? "none" : "it under two names");
            }
            ForeignTensor tensor = found.get(names.getFirst());
            List<Long> expected = wanted.shape().stream().map(Integer::longValue).toList();
            if (!tensor.shape().equals(expected)) {
                throw new ModelFormatException(tensor.file(), tensor.offset(), "tensor " + tensor.name() + ", shape",
                        expected + ", as " + CONFIG + " says", tensor.shape().toString());
            }
            assigned.put(wanted.name(), tensor);
            used.add(names.getFirst());
        }
        return explainOthers(found, prefix, used, spec.position().count());
    }

    private static Set<String> explainOthers(Map<String, ForeignTensor> found, String prefix, Set<String> used,
            int positions) {
        Set<String> heads = new TreeSet<>();
        for (Map.Entry<String, ForeignTensor> entry : found.entrySet()) {
            String name = entry.getKey();
            String bare = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
            String head = bare.substring(0, Math.max(0, bare.indexOf('.')));
            if (HEADS.contains(head)) {
                heads.add(head);
            } else if (bare.equals(POSITION_IDS)) {
                checkPositions(entry.getValue(), positions);
            } else if (!used.contains(name)) {
                throw new UnsupportedModelException(entry.getValue().file() + ": the tensor '"
                        + Json.printable(name, 100) + "' has no place in a plain BERT encoder; supported are encoders"
                        + " without additions (adapters, other norms, cross-attention)");
            }
        }
        return heads;
    }

    /** A buffer that older releases saved: it must say what everyone takes for granted. */
    private static void checkPositions(ForeignTensor tensor, int positions) {
        if (!tensor.countsFrom0(positions)) {
            throw new UnsupportedModelException(tensor.file() + ": the tensor " + tensor.name()
                    + " does not hold the positions 0, 1, 2, ... as I64; others are not supported");
        }
    }
}
