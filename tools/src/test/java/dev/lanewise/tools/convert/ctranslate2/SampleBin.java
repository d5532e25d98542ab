package dev.lanewise.tools.convert.ctranslate2;

import dev.lanewise.tools.convert.ElementType;
import dev.lanewise.tools.convert.ForeignTensor;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A {@code model.bin} to be written in any version, with other names and types. */
final class SampleBin {
    private static final List<ElementType> TYPES = List.of(ElementType.F32, ElementType.I8, ElementType.I16,
            ElementType.I32, ElementType.F16, ElementType.BF16);

    final Map<String, Variable> variables = new LinkedHashMap<>();
    final Map<String, String> aliases = new LinkedHashMap<>();
    String kind = "TransformerSpec";
    int revision = 7;

    record Variable(ElementType type, List<Long> shape, byte[] elements) {}

    /** The content of a file. */
    static SampleBin of(byte[] file) {
        Variables read = Variables.parse("sample", MemorySegment.ofArray(file));
        SampleBin sample = new SampleBin();
        sample.kind = read.kind();
        sample.revision = (int) read.revision();
        for (Map.Entry<String, ForeignTensor> entry : read.all().entrySet()) {
            ForeignTensor tensor = entry.getValue();
            String original = read.original(entry.getKey());
            if (original.equals(entry.getKey())) {
                sample.variables.put(original,
                        new Variable(tensor.type(), tensor.shape(), tensor.data().toArray(ValueLayout.JAVA_BYTE)));
            } else if (!original.endsWith("_scale")) {
                sample.aliases.put(entry.getKey(), original);
            }
        }
        return sample;
    }

    /** The file in a version; before the third, what has several names is there several times. */
    byte[] bytes(int version) {
        Map<String, Variable> all = new LinkedHashMap<>(variables);
        if (version < 3) {
            aliases.forEach((alias, name) -> all.put(alias, variables.get(name)));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        number(out, 4, version);
        if (version >= 2) {
            text(out, kind);
            number(out, 4, revision);
        }
        number(out, 4, all.size());
        all.forEach((name, variable) -> {
            text(out, name);
            number(out, 1, variable.shape.size());
            variable.shape.forEach(dimension -> number(out, 4, dimension));
            int width = variable.type.bits() / 8;
            number(out, 1, version >= 4 ? TYPES.indexOf(variable.type) : width);
            number(out, 4, variable.elements.length / (version >= 4 ? 1 : width));
            out.writeBytes(variable.elements);
        });
        if (version >= 3) {
            number(out, 4, aliases.size());
            aliases.forEach((alias, name) -> {
                text(out, alias);
                text(out, name);
            });
        }
        return out.toByteArray();
    }

    /** Floats become another type, of which each keeps what it can. */
    void widen(ElementType type) {
        variables.replaceAll((name, variable) -> {
            if (variable.type != ElementType.F32 || variable.shape.isEmpty()) {
                return variable;
            }
            ByteBuffer floats = ByteBuffer.wrap(variable.elements).order(ByteOrder.LITTLE_ENDIAN);
            ByteBuffer halves = ByteBuffer.allocate(variable.elements.length / 2).order(ByteOrder.LITTLE_ENDIAN);
            while (floats.hasRemaining()) {
                float value = floats.getFloat();
                halves.putShort(type == ElementType.F16
                        ? Float.floatToFloat16(value)
                        : (short) (Float.floatToRawIntBits(value) >>> 16));
            }
            return new Variable(type, variable.shape, halves.array());
        });
    }

    private static void text(ByteArrayOutputStream out, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        number(out, 2, utf8.length + 1);
        out.writeBytes(utf8);
        out.write(0);
    }

    static void number(ByteArrayOutputStream out, int bytes, long value) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (value >>> 8 * i));
        }
    }
}
