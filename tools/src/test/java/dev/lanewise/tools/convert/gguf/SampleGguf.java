package dev.lanewise.tools.convert.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes small GGUF files, sound ones and, by its fields, others. */
final class SampleGguf {
    static final int STRING = 8;
    static final int ARRAY = 9;

    byte[] magic = {'G', 'G', 'U', 'F'};
    int version = 3;
    Long tensorCount; // null: as many as there are
    Long keyCount; // null: as many as there are
    int alignment = 32;
    int dataMissing; // bytes cut off the end
    final List<byte[]> keys = new ArrayList<>();
    final List<Tensor> tensors = new ArrayList<>();

    /** A tensor; dimensions in the order of the file, innermost first. */
    static final class Tensor {
        byte[] name;
        Long nameLength; // null: as it is
        int rank;
        long[] dimensions;
        int type;
        Long offset; // null: where it is
        int bytes; // of its elements
        byte[] elements; // null: byte i of the file's elements is 7 * i
    }

    /** A file with a key of every type and four tensors. */
    static SampleGguf complete() {
        SampleGguf file = new SampleGguf();
        file.key("general.architecture", STRING, text("llama"));
        file.key("a.u8", 0, number(1, 200));
        file.key("a.i8", 1, number(1, -100));
        file.key("a.u16", 2, number(2, 60_000));
        file.key("a.i16", 3, number(2, -30_000));
        file.key("a.u32", 4, number(4, 4_000_000_000L));
        file.key("a.i32", 5, number(4, -2_000_000_000));
        file.key("a.f32", 6, number(4, Float.floatToIntBits(0.5f)));
        file.key("a.bool", 7, number(1, 1));
        file.key("a.u64", 10, number(8, Long.MAX_VALUE));
        file.key("a.i64", 11, number(8, Long.MIN_VALUE));
        file.key("a.f64", 12, number(8, Double.doubleToLongBits(0.1)));
        file.array("tokens", STRING, 3, text("a"), text("\u2581b"), text(""));
        file.array("types", 5, 2, number(4, 1), number(4, -6));
        file.array("scores", 6, 1, number(4, Float.floatToIntBits(-1.5f)));
        file.array("flags", 7, 2, number(1, 1), number(1, 0));
        file.array("none", 4, 0);
        file.tensor("token_embd.weight", 0, 60, 5, 3); // F32 [3][5]
        file.tensor("blk.0.attn_q.weight", 2, 36, 64, 1); // Q4_0 [1][64]
        file.tensor("blk.0.attn_norm.weight", 1, 10, 5); // F16 [5]
        file.tensor("blk.0.ffn_up.weight", 12, 288, 256, 2); // Q4_K [2][256]
        return file;
    }

    void key(String key, int type, byte[] value) {
        keys.add(join(text(key), number(4, type), value));
    }

    void array(String key, int type, long count, byte[]... elements) {
        key(key, ARRAY, join(number(4, type), number(8, count), join(elements)));
    }

    Tensor tensor(String name, int type, int bytes, long... dimensions) {
        Tensor tensor = new Tensor();
        tensor.name = name.getBytes(StandardCharsets.UTF_8);
        tensor.rank = dimensions.length;
        tensor.dimensions = dimensions;
        tensor.type = type;
        tensor.bytes = bytes;
        tensors.add(tensor);
        return tensor;
    }

    /** The whole file; of the elements, byte i is 7 * i. */
    byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(magic);
        out.writeBytes(number(4, version));
        out.writeBytes(number(8, tensorCount == null ? tensors.size() : tensorCount));
        out.writeBytes(number(8, keyCount == null ? keys.size() : keyCount));
        keys.forEach(out::writeBytes);
        int next = 0;
        List<Integer> starts = new ArrayList<>();
        for (Tensor tensor : tensors) {
            out.writeBytes(number(8, tensor.nameLength == null ? tensor.name.length : tensor.nameLength));
            out.writeBytes(tensor.name);
            out.writeBytes(number(4, tensor.rank));
            for (long dimension : tensor.dimensions) {
                out.writeBytes(number(8, dimension));
            }
            out.writeBytes(number(4, tensor.type));
            out.writeBytes(number(8, tensor.offset == null ? next : tensor.offset));
            starts.add(next);
            next = Math.ceilDiv(next + tensor.bytes, alignment) * alignment;
        }
        int start = Math.ceilDiv(out.size(), alignment) * alignment;
        byte[] file = Arrays.copyOf(out.toByteArray(), start + next - dataMissing);
        for (int i = 0; start + i < file.length; i++) {
            file[start + i] = (byte) (7 * i);
        }
        for (int i = 0; i < starts.size(); i++) {
            byte[] elements = tensors.get(i).elements;
            if (elements != null) {
                System.arraycopy(elements, 0, file, start + starts.get(i), elements.length);
            }
        }
        return file;
    }

    static byte[] text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return join(number(8, utf8.length), utf8);
    }

    static byte[] number(int bytes, long value) {
        return Arrays.copyOf(
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array(), bytes);
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
