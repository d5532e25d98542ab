package dev.lanewise;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.GenerationSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.weights.LaneFile;
import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/** What a model's file says beside its weights, read and checked when it is opened. Immutable and thread-safe. */
final class ModelContents {
    private final String file;
    private final TransformerSpec spec;
    private final Tokenizer tokenizer; // or null
    private final Tokenizer targetTokenizer; // of what an encoder-decoder writes; mostly the same
    private final GenerationSpec generation; // null where the file says nothing
    private final int[] endIds; // in order
    private final String chatTemplate; // or null
    private final Map<String, String> prompts;
    private final String defaultPrompt; // its name, or empty

    /** @throws ModelFormatException if something is missing, wrong or unknown, or tensors are not as the specification says */
    ModelContents(LaneFile from) {
        file = from.file();
        Metadata metadata = from.metadata();
        try {
            spec = TransformerSpec.read(metadata);
            tokenizer = tokenizer(metadata, TokenizerSpec.PREFIX, null);
            targetTokenizer = tokenizer(metadata, TokenizerSpec.TARGET + TokenizerSpec.PREFIX, tokenizer);
            generation = GenerationSpec.read(metadata, spec.embedding().vocabulary());
            Metadata.Reader in = metadata.reader(GenerationSpec.PREFIX);
            int[] ends = in.has("eos") ? in.integers("eos") : new int[0];
            int[] stops = targetTokenizer == null ? new int[0] : targetTokenizer.control().stops();
            endIds = IntStream.concat(IntStream.of(ends), IntStream.of(stops)).sorted().distinct().toArray();
            Metadata.Reader chat = metadata.reader("chat.");
            chatTemplate = chat.has("template") ? chat.string("template") : null;
            Metadata.Reader prompt = metadata.reader("prompt.");
            prompts = readPrompts(prompt);
            defaultPrompt = prompt.has("default") ? prompt.string("default") : "";
            prompt.require(defaultPrompt.isEmpty() || prompts.containsKey(defaultPrompt), "default",
                    "one of the names " + prompts.keySet(), defaultPrompt);
        } catch (MetadataException e) {
            throw new ModelFormatException(file, -1, "metadata '" + e.key() + "'", e.expected(), e.found());
        }
        checkTensors(from);
        checkSize(tokenizer, spec.source() == null || spec.source().embedding() == null
                ? spec.embedding()
                : spec.source().embedding());
        checkSize(targetTokenizer, spec.embedding());
    }

    private static Tokenizer tokenizer(Metadata metadata, String prefix, Tokenizer otherwise) {
        return metadata.reader(prefix).has("kind") ? Tokenizer.read(metadata.reader(prefix)) : otherwise;
    }

    private static Map<String, String> readPrompts(Metadata.Reader in) {
        Map<String, String> all = new LinkedHashMap<>();
        String[] names = in.has("names") ? in.strings("names") : new String[0];
        String[] texts = in.has("texts") ? in.strings("texts") : new String[0];
        for (int i = 0; i < names.length; i++) {
            in.require(texts.length == names.length && all.put(names[i], texts[i]) == null, "names",
                    "names that differ, as many as texts, " + texts.length, names.length + " of them");
        }
        return Collections.unmodifiableMap(all);
    }

    /** The file must hold exactly the tensors of its specification. */
    private void checkTensors(LaneFile from) {
        if (from.directory().size() != spec.tensorCount()) {
            throw new ModelFormatException(file, -1, "number of tensors",
                    spec.tensorCount() + ", as the specification says", Integer.toString(from.directory().size()));
        }
        Iterator<TensorInfo> expected = spec.tensors(DataType.F32).iterator();
        while (expected.hasNext()) {
            TensorInfo info = expected.next();
            from.tensor(info.name(), info.layout(), info.shape());
            DataType type = from.directory().get(info.name()).info().type();
            if (info.shape().size() == 1 && type != DataType.F32) {
                throw new ModelFormatException(file, from.directory().get(info.name()).offset(),
                        "tensor " + info.name(), "type F32, as every vector", type.toString());
            }
        }
    }

    private void checkSize(Tokenizer of, EmbeddingSpec embedding) {
        if (of != null && of.size() > embedding.vocabulary()) {
            throw new ModelFormatException(file, -1, "tokenizer",
                    "at most " + embedding.vocabulary() + " ids, one for each row of the embedding",
                    Integer.toString(of.size()));
        }
    }

    TransformerSpec spec() {
        return spec;
    }

    boolean hasTokenizer() {
        return tokenizer != null;
    }

    /** @throws UnsupportedModelException if there is none */
    Tokenizer tokenizer() {
        if (tokenizer == null) {
            throw new UnsupportedModelException(file + ": the model has no tokenizer; pass token ids instead of text");
        }
        return tokenizer;
    }

    /** The one of what an encoder-decoder writes, or null. */
    Tokenizer targetTokenizer() {
        return targetTokenizer;
    }

    /**
     * The ids of a part of a text: as it is, nothing added, special tokens that are spelled out in it taken for text.
     *
     * @throws UnsupportedModelException if there is no tokenizer
     */
    int[] encodePart(String text) {
        return tokenizer().encode(text, new EncodeOptions(false, false)).copyOfIds();
    }

    /** How the file says that an encoder-decoder's texts are made, or null. */
    GenerationSpec generation() {
        return generation;
    }

    /** Whether an id ends a text. */
    boolean isEnd(int id) {
        return Arrays.binarySearch(endIds, id) >= 0;
    }

    /** The ids that end a text, in order; not to be changed. */
    int[] endIds() {
        return endIds;
    }

    /** The template that makes prompts of conversations, or null. */
    String chatTemplate() {
        return chatTemplate;
    }

    /** See {@link Model#prompts}. */
    Map<String, String> prompts() {
        return prompts;
    }

    /** See {@link Model#defaultPrompt}. */
    String defaultPrompt() {
        return defaultPrompt;
    }

    /**
     * The prompt of a name.
     *
     * @param name empty for none, null for what the file says
     */
    String prompt(String name) {
        String known = name == null ? defaultPrompt : name;
        String prompt = known.isEmpty() ? "" : prompts.get(known);
        if (prompt == null) {
            throw new IllegalArgumentException("the model has no prompt '" + known + "'"
                    + (prompts.isEmpty() ? "; it has none" : "; it has " + String.join(", ", prompts.keySet())));
        }
        return prompt;
    }
}
