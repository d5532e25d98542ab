package dev.lanewise.tools.convert;

import dev.lanewise.error.LanewiseException;
import dev.lanewise.spec.DenseSpec;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.tools.convert.gguf.GgufModel;
import dev.lanewise.weights.LaneFile;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.SpecWriter;
import java.io.IOException;
import java.lang.reflect.Array;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What is in a model file, without its weights: for people, and as JSON. Values of the maps are {@link Boolean},
 * {@link Long}, {@link Double}, {@link String}, or a {@link List} of such; of a long list just its length, as a text. What a GGUF file says of itself is all in the provenance,
 * by its own keys.
 *
 * @param file the file or folder
 * @param format what it is: ".lane, version 1", "ONNX graph", ...
 * @param bytes the size of its files together
 * @param specification what it computes, by the keys of {@link TransformerSpec}; empty where that cannot be told
 * @param vectors what an encoder makes of a text: pooling, maps, normalisation, the longest text, prompts; empty of others
 * @param tokenizer what its tokenizer is; empty where there is none
 * @param provenance where it comes from and under which licence
 * @param tensors in the order of the file
 * @param notes what else a person should know, such as why it cannot be converted
 */
public record Inspection(String file, String format, long bytes, Map<String, Object> specification,
        Map<String, Object> vectors, Map<String, Object> tokenizer, Map<String, Object> provenance,
        List<Tensor> tensors, List<String> notes) {

    private static final int LONGEST_LIST = 16;
    private static final int LONGEST_TEXT = 200;

    /**
     * A tensor.
     *
     * @param layout how its elements are ordered
     * @param shape outermost dimension first
     * @param bytes it takes in the file
     */
    public record Tensor(String name, String type, String layout, List<Long> shape, long bytes) {
        /** How many numbers it stands for, padding not counted. */
        public long elements() {
            return ForeignTensor.elements(shape);
        }
    }

    /** Makes everything unmodifiable. */
    public Inspection {
        specification = Collections.unmodifiableMap(specification);
        vectors = Collections.unmodifiableMap(vectors);
        tokenizer = Collections.unmodifiableMap(tokenizer);
        provenance = Collections.unmodifiableMap(provenance);
        tensors = List.copyOf(tensors);
        notes = List.copyOf(notes);
    }

    /** How many numbers all tensors hold together. */
    public long parameters() {
        return tensors.stream().mapToLong(Tensor::elements).sum();
    }

    /**
     * Looks into a {@code .lane}, ONNX, safetensors or GGUF file, a checkpoint of llama2.c, or a Hugging Face
     * folder. One that is sound and cannot be converted is inspected all the same; a note says why it cannot.
     *
     * @throws LanewiseException if it is damaged, or of no such format
     */
    public static Inspection of(Path path) throws IOException {
        SourceFormat format = SourceFormat.of(path);
        if (format == SourceFormat.LANE) {
            return ofLane(path);
        }
        if (format == SourceFormat.GGUF || format == SourceFormat.LLAMA2C) {
            return ofGguf(path, format);
        }
        try (ForeignFile file = format.inspect(path)) {
            List<Tensor> tensors = file.tensors().values().stream()
                    .map(t -> new Tensor(Json.printable(t.name(), LONGEST_TEXT), t.type().name(), "rows", t.shape(),
                            t.bytes()))
                    .toList();
            return ofForeign(path, file.format(), file.size(), new TreeMap<>(file.metadata()), tensors);
        }
    }

    private static Inspection ofGguf(Path path, SourceFormat format) throws IOException {
        try (GgufModel model = format.gguf(path)) {
            List<Tensor> tensors = model.tensors().values().stream()
                    .map(t -> new Tensor(Json.printable(t.name(), LONGEST_TEXT), t.type().name(),
                            t.type().isQuantised() ? "blocks" : "rows",
                            t.shape().stream().map(Integer::longValue).toList(), t.data().byteSize()))
                    .toList();
            Map<String, Object> metadata = new LinkedHashMap<>();
            model.metadata()
                    .forEach((key, value) -> metadata.put(Json.printable(key, LONGEST_TEXT), printable(plain(value))));
            return ofForeign(path, model.format(), model.size(), metadata, tensors);
        }
    }

    private static Inspection ofLane(Path path) throws IOException {
        try (LaneFile file = LaneFile.open(path)) {
            List<Tensor> tensors = new ArrayList<>();
            for (LaneFile.Entry entry : file.directory().values()) {
                List<Long> shape = entry.info().shape().stream().map(Integer::longValue).toList();
                tensors.add(new Tensor(entry.info().name(), entry.info().type().name(), word(entry.info().layout()),
                        shape, entry.length()));
            }
            List<String> notes = new ArrayList<>();
            Map<String, Object> vectors = Map.of();
            try {
                vectors = vectors(TransformerSpec.read(file.metadata()), file.metadata());
            } catch (Metadata.MetadataException e) {
                notes.add("this release cannot run it: " + e.getMessage());
            }
            return new Inspection(path.toString(), ".lane, version " + file.version(), file.size(),
                    under(TransformerSpec.PREFIX, file.metadata()), vectors, tokenizers(file.metadata()),
                    under(Conversion.PROVENANCE, file.metadata()), tensors, notes);
        }
    }

    private static Inspection ofForeign(Path path, String format, long size, Map<String, Object> provenance,
            List<Tensor> tensors) throws IOException {
        List<String> notes = new ArrayList<>();
        Metadata.Builder metadata = Metadata.builder();
        TransformerSpec spec = null;
        try (ModelSource source = ModelSource.open(path)) {
            spec = source.spec();
            SpecWriter.write(spec, metadata);
            source.prompts().write(metadata);
            Conversion.writeTokenizers(source, spec, metadata);
            provenance.putAll(source.provenance());
            notes.addAll(source.notes());
        } catch (LanewiseException | NoSuchFileException e) {
            notes.add("it cannot be converted: " + e.getMessage());
        }
        Metadata known = metadata.build();
        return new Inspection(path.toString(), format, size, under(TransformerSpec.PREFIX, known),
                spec == null ? Map.of() : vectors(spec, known), tokenizers(known), provenance, tensors, notes);
    }

    /** What is done to make a vector of a text, in the order in which it is done. */
    private static Map<String, Object> vectors(TransformerSpec spec, Metadata metadata) {
        Map<String, Object> vectors = new LinkedHashMap<>();
        if (spec.shape() != TransformerSpec.Shape.ENCODER) {
            return vectors;
        }
        PoolingSpec pooling = spec.pooling();
        Metadata.Reader in = metadata.reader("prompt.");
        String[] names = in.has("names") ? in.strings("names") : new String[0];
        String[] texts = in.has("texts") ? in.strings("texts") : new String[0];
        for (int i = 0; i < Math.min(names.length, texts.length); i++) {
            vectors.put("prompt '" + Json.printable(names[i], LONGEST_TEXT) + "'", Json.quoted(texts[i]));
        }
        vectors.put("prompt, unless asked",
                in.has("default") ? Json.printable(in.string("default"), LONGEST_TEXT) : "none");
        vectors.put("tokens, at most", (long) (pooling == null || pooling.maxTokens() == 0
                ? spec.maxTokens()
                : pooling.maxTokens()));
        vectors.put("pooling", pooling == null ? "not said: choose it (embed --pooling)" : word(pooling.kind()));
        for (DenseSpec dense : pooling == null ? List.<DenseSpec>of() : pooling.dense()) {
            vectors.put("dense " + vectors.size(), "to " + dense.width()
                    + (dense.activation() == null ? "" : ", " + word(dense.activation())));
        }
        vectors.put("normalised", pooling == null ? "yes, unless asked" : pooling.normalize() ? "yes" : "no");
        vectors.put("dimensions", (long) spec.vectorWidth());
        return vectors;
    }

    /** What its tokenizer is; that of what it writes, if it is another, under keys that begin with "target.". */
    private static Map<String, Object> tokenizers(Metadata metadata) {
        Map<String, Object> found = under(TokenizerSpec.PREFIX, metadata);
        under(TokenizerSpec.TARGET + TokenizerSpec.PREFIX, metadata)
                .forEach((key, value) -> found.put("target." + key, value));
        return found;
    }

    /** The values under a prefix, by the rest of their keys. */
    private static Map<String, Object> under(String prefix, Metadata metadata) {
        Map<String, Object> found = new LinkedHashMap<>();
        metadata.values().forEach((key, value) -> {
            if (key.startsWith(prefix)) {
                found.put(key.substring(prefix.length()), printable(plain(value)));
            }
        });
        return found;
    }

    private static Object plain(Object value) {
        if (!value.getClass().isArray()) {
            return value;
        }
        int length = Array.getLength(value);
        return length > LONGEST_LIST
                ? length + " values"
                : IntStream.range(0, length).mapToObj(i -> wide(Array.get(value, i))).toList();
    }

    private static Object wide(Object element) {
        return switch (element) {
            case Integer n -> n.longValue();
            case Float x -> x.doubleValue();
            default -> element;
        };
    }

    /** The same without what could confuse a terminal, and texts cut: a chat template is a program of many lines. */
    private static Object printable(Object value) {
        return switch (value) {
            case String text -> Json.printable(text, LONGEST_TEXT);
            case List<?> list -> list.stream().map(Inspection::printable).toList();
            default -> value;
        };
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(java.util.Locale.ROOT);
    }
}
