package dev.lanewise.tools.convert.gguf;

import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.QuantizedRows;
import java.lang.foreign.MemorySegment;

/** The rows of a tensor whose blocks our files have too: codes and scales come over as they are. */
final class StoredBlocks implements QuantizedRows {
    /** The sign of a 16-bit float. */
    private static final int SIGN = 0x8000;

    private final GgufTensor tensor;
    private final DataType type;

    /** @param type a quantised one, as of the tensor */
    StoredBlocks(GgufTensor tensor, DataType type) {
        this.tensor = tensor;
        this.type = type;
    }

    @Override
    public DataType type() {
        return type;
    }

    @Override
    public void read(int row, float[] into) {
        tensor.read(row, into);
    }

    @Override
    public void readBlocks(int row, byte[] codes, byte[] scales, short[] halves) {
        MemorySegment bytes = tensor.row(row);
        for (int block = 0; block < tensor.columns() / type.block(); block++) {
            long at = (long) block * tensor.type().blockBytes();
            for (int i = 0; i < type.halves(); i++) {
                halves[block * type.halves() + i] = half(bytes, at, i);
            }
            for (int i = 0; i < type.scaleCodes(); i++) {
                scales[block * type.scaleCodes() + i] = (byte) scale(bytes, at, i);
            }
            for (int e = 0; e < type.block(); e++) {
                codes[block * type.block() + e] = (byte) code(bytes, at, e);
            }
        }
    }

    private short half(MemorySegment bytes, long at, int i) {
        int place = switch (type) {
            case Q2_K -> 80;
            case Q3_K -> 108;
            case Q6_K -> 208;
            default -> 0;
        };
        short half = bytes.get(Bytes.SHORT, at + place + 2 * i);
        // Where scales are codes, GGUF subtracts minimums; our files add them.
        return i == 1 && type.scaleCode() != null ? (short) (half ^ SIGN) : half;
    }

    /** Scales of groups, then their minimums. */
    private int scale(MemorySegment bytes, long at, int i) {
        int groups = type.block() / type.group();
        return switch (type) {
            case Q2_K -> Bytes.unsigned(bytes, at + i % groups) >> (i < groups ? 0 : 4) & 0xF;
            case Q3_K -> SuperBlocks.q3kScale(bytes, at, i);
            case Q4_K, Q5_K -> i < groups
                    ? SuperBlocks.scale(bytes, at + 4, i)
                    : SuperBlocks.minimum(bytes, at + 4, i - groups);
            case Q6_K -> Bytes.signed(bytes, at + 192 + i) + 128;
            case IQ4_XS -> SuperBlocks.iq4xsScale(bytes, at, i) + 96; // 6 bits about 32, here 8 bits about 128
            default -> Bytes.unsigned(bytes, at);
        };
    }

    private int code(MemorySegment bytes, long at, int e) {
        return switch (type) {
            case Q8_0 -> Bytes.signed(bytes, at + 2 + e);
            case Q4_0 -> SmallBlocks.nibble(bytes, at + 2, e) - 8;
            case Q4_1 -> SmallBlocks.nibble(bytes, at + 4, e);
            case Q5_0 -> SmallBlocks.fiveBits(bytes, at + 2, e);
            case Q5_1 -> SmallBlocks.fiveBits(bytes, at + 4, e);
            case IQ4_NL -> SmallBlocks.nibble(bytes, at + 2, e);
            case MXFP4 -> SmallBlocks.nibble(bytes, at + 1, e);
            case Q2_K -> SuperBlocks.twoBits(bytes, at + 16, e);
            case Q3_K -> SuperBlocks.q3kCode(bytes, at, e);
            case Q4_K -> SuperBlocks.fourBits(bytes, at + 16, e);
            case Q5_K -> SuperBlocks.q5kCode(bytes, at, e);
            case Q6_K -> SuperBlocks.q6kCode(bytes, at, e);
            case IQ4_XS -> SuperBlocks.iq4xsCode(bytes, at, e);
            default -> throw new IllegalArgumentException(type + " has no blocks");
        };
    }
}
