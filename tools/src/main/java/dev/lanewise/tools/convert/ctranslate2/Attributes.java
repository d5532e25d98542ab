package dev.lanewise.tools.convert.ctranslate2;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.Json;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The variables of a model by the names of its latest revision, and which of them were asked for. Not thread-safe. */
final class Attributes {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    /** What older revisions said of encoder and decoder at once. */
    private static final List<String> COMMON = List.of("num_heads", "pre_norm", "activation", "embeddings_merge",
            "alignment_layer", "alignment_heads");
    private static final int FIRST_APART = 5;
    private static final int LONGEST_WORD = 1000;

    private final String file;
    private final Map<String, ForeignTensor> all = new TreeMap<>();
    private final Set<String> used = new HashSet<>();

    Attributes(String file, Variables variables) {
        this.file = file;
        variables.all().forEach((name, tensor) -> put(
                variables.revision() == 1 && !variables.kind().equals(SpecReader.WHISPER) ? renamed(name) : name,
                tensor));
        if (variables.revision() < FIRST_APART) {
            for (String name : COMMON) {
                ForeignTensor tensor = all.remove(name);
                if (tensor != null) {
                    put("encoder/" + name, tensor);
                    put("decoder/" + name, tensor);
                }
            }
        }
    }

    /** The first revision had the names that OpenNMT-tf gives. */
    private static String renamed(String name) {
        String renamed = name.replaceFirst("transformer/", "").replaceFirst(":0", "")
                .replaceFirst("w_embs", "embeddings/weight").replaceFirst("kernel", "weight")
                .replaceFirst("LayerNorm", "layer_norm").replaceFirst("dense", "projection")
                .replaceFirst("conv1d_", "linear_").replaceFirst("conv1d", "linear_0");
        return renamed.contains("encoder")
                ? renamed.replaceFirst("multi_head", "self_attention")
                : renamed.contains("masked_multi_head")
                        ? renamed.replaceFirst("masked_multi_head", "self_attention")
                        : renamed.replaceFirst("multi_head", "attention");
    }

    private void put(String name, ForeignTensor tensor) {
        if (all.putIfAbsent(name, tensor) != null) {
            throw new ModelFormatException(file, tensor.offset(), "name", "a new name", Json.quoted(name) + " again");
        }
    }

    boolean has(String name) {
        return all.containsKey(name);
    }

    /** A variable, or null. */
    ForeignTensor find(String name) {
        used.add(name);
        return all.get(name);
    }

    /** A variable that must be there. */
    ForeignTensor get(String name) {
        ForeignTensor tensor = find(name);
        used.add(name + "_scale"); // of whole numbers, or without a meaning
        if (tensor == null) {
            throw new ModelFormatException(file, -1, "variable " + name, "one of this name", "none");
        }
        return tensor;
    }

    /** A single number, or another if there is none. */
    double number(String name, double otherwise) {
        ForeignTensor tensor = find(name);
        if (tensor == null) {
            return otherwise;
        }
        if (!tensor.isScalar()) {
            throw new ModelFormatException(file, tensor.offset(), name, "a single number", tensor.shape().toString());
        }
        double value = switch (tensor.type()) {
            case I8 -> tensor.data().get(ValueLayout.JAVA_BYTE, 0);
            case I16 -> tensor.data().get(SHORT, 0);
            case I32 -> tensor.data().get(INT, 0);
            case F32 -> tensor.data().get(FLOAT, 0);
            case F16 -> Float.float16ToFloat(tensor.data().get(SHORT, 0));
            default -> Float.intBitsToFloat(tensor.data().get(SHORT, 0) << 16);
        };
        if (!Double.isFinite(value)) {
            throw new ModelFormatException(file, tensor.offset(), name, "a finite number", value + "");
        }
        return value;
    }

    /** A whole number between two bounds, or another if there is none. */
    int integer(String name, int least, int most, int otherwise) {
        double value = number(name, otherwise);
        if (value != Math.rint(value) || has(name) && (value < least || value > most)) {
            throw new ModelFormatException(file, all.get(name).offset(), name,
                    "a whole number from " + least + " to " + most, value + "");
        }
        return (int) value;
    }

    boolean flag(String name, boolean otherwise) {
        return integer(name, 0, 1, otherwise ? 1 : 0) == 1;
    }

    /** A word, or another if there is none. */
    String word(String name, String otherwise) {
        ForeignTensor tensor = find(name);
        if (tensor == null) {
            return otherwise;
        }
        if (tensor.elements() > LONGEST_WORD) {
            throw new ModelFormatException(file, tensor.offset(), name, "a word", tensor.elements() + " bytes");
        }
        return new String(tensor.data().toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    /** Fails if an attribute does not say what every model here does. */
    void neutral(String name, double value) {
        if (number(name, value) != value) {
            throw new UnsupportedModelException(file + ": " + name + " is " + number(name, value)
                    + ", which is not supported; " + value + " is");
        }
    }

    /** Fails if there is a variable that nobody asked for. */
    void finish() {
        for (String name : all.keySet()) {
            if (!used.contains(name)) {
                throw new UnsupportedModelException(file + ": the variable " + Json.quoted(name)
                        + " has no place in a transformer of this kind");
            }
        }
    }
}
