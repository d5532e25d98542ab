package dev.lanewise.tools.convert.gguf;

import dev.lanewise.tensor.DataType;
import dev.lanewise.writer.QuantizedRows;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The rows of a tensor whose blocks our files have too: codes and scales come over as they are. */
final class StoredBlocks implements QuantizedRows {
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    /** The low halves of eight bytes. */
    private static final long NIBBLES = 0xF * Bytes.ONES;
    /** The sign of a 16-bit float. */
    private static final int SIGN = 0x8000;

    private final GgufTensor tensor;
    private final DataType type;
    private final byte[] row;
    private final MemorySegment bytes; // the same row

    /** @param type a quantised one, as of the tensor */
    StoredBlocks(GgufTensor tensor, DataType type) {
        this.tensor = tensor;
        this.type = type;
        row = new byte[Math.toIntExact(tensor.rowBytes())];
        bytes = MemorySegment.ofArray(row);
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
    public void readBlocks(int index, byte[] codes, byte[] scales, float[] floats) {
        bytes.copyFrom(tensor.row(index)); // memory of our own is read faster than a mapping, which could be closed
        int size = type.block();
        int blockBytes = tensor.type().blockBytes();
        switch (type) {
            case Q8_0 -> {
                for (int block = 0, at = blockBytes - size; block < codes.length; block += size, at += blockBytes) {
                    System.arraycopy(row, at, codes, block, size);
                }
            }
            case Q4_0, Q4_1, IQ4_NL, MXFP4 -> readNibbles(codes, blockBytes);
            default -> {
                for (int block = 0, at = 0; block < codes.length; block += size, at += blockBytes) {
                    for (int e = 0; e < size; e += Long.BYTES) {
                        EIGHT.set(codes, block + e, codes(at, e));
                    }
                }
            }
        }
        for (int i = 0; i < type.scaleCodes(); i++) {
            for (int at = 0, to = i; to < scales.length; at += blockBytes, to += type.scaleCodes()) {
                scales[to] = (byte) scale(at, i);
            }
        }
        readHalves(floats, blockBytes);
    }

    /** The types whose blocks end with 16 bytes of nibbles: these are most models, so all is done at once. */
    private void readNibbles(byte[] codes, int blockBytes) {
        long flip = type == DataType.Q4_0 ? 8 * Bytes.ONES : 0; // less 8, in 4 bits
        for (int block = 0, at = blockBytes - 16; block < codes.length; block += 32, at += blockBytes) {
            for (int e = 0; e < 16; e += Long.BYTES) {
                long pairs = (long) EIGHT.get(row, at + e);
                EIGHT.set(codes, block + e, pairs & NIBBLES ^ flip);
                EIGHT.set(codes, block + 16 + e, pairs >>> 4 & NIBBLES ^ flip);
            }
        }
    }

    private void readHalves(float[] floats, int blockBytes) {
        int place = switch (type) {
            case Q2_K -> 80;
            case Q3_K -> 108;
            case Q6_K -> 208;
            default -> 0;
        };
        int count = type.halves();
        for (int i = 0; i < count; i++) {
            // Where scales are codes, GGUF subtracts minimums; our files add them.
            int sign = i == 1 && type.scaleCode() != null ? SIGN : 0;
            for (int at = place + 2 * i, to = i; to < floats.length; at += blockBytes, to += count) {
                floats[to] = Float.float16ToFloat((short) (bytes.get(Bytes.SHORT, at) ^ sign));
            }
        }
    }

    /** Scales of groups, then their minimums. */
    private int scale(long at, int i) {
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

    /** Eight codes, the first lowest. */
    private long codes(long at, int e) {
        return switch (type) {
            case Q5_0 -> SmallBlocks.fiveBits(bytes, at + 2, e);
            case Q5_1 -> SmallBlocks.fiveBits(bytes, at + 4, e);
            case Q2_K -> SuperBlocks.twoBits(bytes, at + 16, e);
            case Q3_K -> SuperBlocks.q3kCodes(bytes, at, e);
            case Q4_K -> SuperBlocks.fourBits(bytes, at + 16, e);
            case Q5_K -> SuperBlocks.q5kCodes(bytes, at, e);
            case Q6_K -> SuperBlocks.q6kCodes(bytes, at, e);
            case IQ4_XS -> SuperBlocks.iq4xsCodes(bytes, at, e);
            default -> throw new IllegalArgumentException(type + " has no such codes");
        };
    }
}
