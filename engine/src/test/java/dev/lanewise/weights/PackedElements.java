package dev.lanewise.weights;

import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Elements of a stored tensor by the words of docs/lane-format.md: a second opinion on the writer. */
public final class PackedElements {
    private PackedElements() {}

    /** The number at a row and column, where the column may lie in the padding of ROWS and the row in that of PANELS. */
    public static float at(TensorInfo tensor, MemorySegment data, int row, int column) {
        int columns = tensor.columns();
        if (tensor.type() == DataType.INT8) {
            return ofRow(tensor, data, row, column);
        }
        if (tensor.type() == DataType.Q8_0 && tensor.layout() == Layout.ROWS) {
            long at = ((long) row * columns + column) / 32 * 34;
            float scale = Float.float16ToFloat(data.get(
                    ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at));
            return scale * data.get(ValueLayout.JAVA_BYTE, at + 2 + column % 32);
        }
        if (tensor.type().quantized()) {
            return ofBlock(tensor, data, row, column);
        }
        long index;
        if (tensor.layout() == Layout.ROWS) {
            index = (long) row * ((columns + 31) / 32 * 32) + column;
        } else {
            long step = (long) (row / 32) * columns + column;
            int output = row % 32;
            int place = tensor.type() == DataType.F32 ? output : output % 16 * 2 + output / 16;
            index = step * 32 + place;
        }
        if (tensor.type() == DataType.F32) {
            return data.get(ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN), index * 4);
        }
        short bits = data.get(ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN), index * 2);
        return tensor.type() == DataType.F16 ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
    }

    private static float ofRow(TensorInfo tensor, MemorySegment data, int row, int column) {
        int padded = (tensor.columns() + 31) / 32 * 32;
        boolean panels = tensor.layout() == Layout.PANELS;
        long begin = panels ? row / 32 * (256L + tensor.columns() * 32) : row * (8L + padded);
        double scale = number(data, begin + (panels ? row % 32 * 4L : 0));
        double zero = number(data, begin + (panels ? 128 + row % 32 * 4L : 4));
        int code = panels
                ? (byte) plane(data, begin + 256, 8, column, row % 32)
                : data.get(ValueLayout.JAVA_BYTE, begin + 8 + column);
        // In the padding of a row the codes are zeros, whatever its zero point.
        return column < tensor.columns() ? (float) ((code - zero) * scale) : code;
    }

    private static float number(MemorySegment data, long at) {
        return data.get(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at);
    }

    /**
     * What the blocks of a type are made of.
     *
     * @param high bits in the second plane
     * @param zero the code of zero; below 0 that of a number with a sign; ignored where there is a table
     * @param scaleLow bits of a scale in its first plane; 0 where scales are 16-bit floats
     */
    private record Form(int block, int group, int low, int high, int zero, int[] table, int scaleLow, int scaleHigh,
            int scaleZero, int scales) {
        Form(int low, int high, int zero, int scales) {
            this(32, 32, low, high, zero, null, 0, 0, 0, scales);
        }
    }

    private static final int[] NON_LINEAR = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
    private static final int[] FLOAT4 = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    private static Form form(DataType type) {
        return switch (type) {
            case Q8_0 -> new Form(8, 0, -1, 1);
            case Q4_0 -> new Form(4, 0, -1, 1);
            case Q4_1 -> new Form(4, 0, 0, 2);
            case Q5_0 -> new Form(4, 1, 16, 1);
            case Q5_1 -> new Form(4, 1, 0, 2);
            case Q2_K -> new Form(256, 16, 2, 0, 0, null, 4, 0, 0, 2);
            case Q3_K -> new Form(256, 16, 2, 1, 4, null, 4, 2, 32, 1);
            case Q4_K -> new Form(256, 32, 4, 0, 0, null, 4, 2, 0, 2);
            case Q5_K -> new Form(256, 32, 4, 1, 0, null, 4, 2, 0, 2);
            case Q6_K -> new Form(256, 16, 4, 2, 32, null, 4, 4, 128, 1);
            case IQ4_NL -> new Form(32, 32, 4, 0, 0, NON_LINEAR, 0, 0, 0, 1);
            case IQ4_XS -> new Form(256, 32, 4, 0, 0, NON_LINEAR, 4, 4, 128, 1);
            case MXFP4 -> new Form(32, 32, 4, 0, 0, FLOAT4, 8, 0, 0, 1);
            default -> throw new IllegalArgumentException(type + " has no blocks");
        };
    }

    private static float ofBlock(TensorInfo tensor, MemorySegment data, int row, int column) {
        Form form = form(tensor.type());
        boolean powers = tensor.type() == DataType.MXFP4;
        int output = row % 32;
        int block = form.block;
        int groups = block / form.group;
        int scaleCodes = form.scaleLow == 0 ? 0 : groups * form.scales;
        long halves = powers ? 0 : form.scales * 64L;
        long scales = scaleCodes * 4L * (form.scaleLow + form.scaleHigh);
        long bytes = halves + scales + block * 4L * (form.low + form.high);
        long at = (row / 32 * (tensor.columns() / block) + column / block) * bytes;
        int element = column % block;
        int code = bits(data, at + halves + scales, form.low, form.high, block, element, output);
        double value = form.table != null
                ? form.table[code]
                : form.zero >= 0 ? code - form.zero : code << 32 - form.low >> 32 - form.low;
        double[] factors = {1, -0.0}; // scale and minimum; -0 leaves the sign of a zero
        for (int i = 0; i < form.scales; i++) {
            if (!powers) {
                factors[i] = half(data, at + i * 64L, output);
            }
            int index = i * groups + element / form.group;
            if (powers) {
                int exponent = data.get(ValueLayout.JAVA_BYTE, at + index * 32L + output) & 0xFF;
                factors[i] = Math.scalb(1.0, exponent - 128);
            } else if (scaleCodes > 0) {
                factors[i] *= bits(data, at + halves, form.scaleLow, form.scaleHigh, scaleCodes, index, output)
                        - form.scaleZero;
            }
        }
        return (float) (factors[0] * value + factors[1]);
    }

    private static int bits(MemorySegment data, long planes, int low, int high, int count, int index, int output) {
        int bits = plane(data, planes, low, index, output);
        return high == 0 ? bits : bits | plane(data, planes + count * 4L * low, high, index, output) << low;
    }

    private static int plane(MemorySegment data, long plane, int bits, int index, int output) {
        int perWord = 32 / bits;
        int word = data.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN),
                plane + (index / perWord * 32L + output) * 4);
        if (bits == 8) {
            return word >>> 24 - index % 4 * 8 & 0xFF;
        }
        int nibble = word >>> 28 - index % 8 * 4 & 0xF;
        return nibble >> 4 - bits * (index % perWord / 8 + 1) & (1 << bits) - 1;
    }

    private static float half(MemorySegment data, long at, int output) {
        return Float.float16ToFloat(data.get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN),
                at + (output % 16 * 2 + output / 16) * 2));
    }
}
