package dev.lanewise.tools.convert;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Predicate;

/** The element types of foreign formats, by the names of safetensors; all little-endian. */
public enum ElementType {
    F64(64, 11), F32(32, 1), F16(16, 10), BF16(16, 16), //
    I64(64, 7), I32(32, 6), I16(16, 5), I8(8, 3), U64(64, 13), U32(32, 12), U16(16, 4), U8(8, 2), BOOL(8, 9), //
    C64(64, 14), C128(128, 15), //
    F8_E4M3(8, 17), F8_E4M3FNUZ(8, 18), F8_E5M2(8, 19), F8_E5M2FNUZ(8, 20), F8_E8M0(8, 24), //
    F6_E2M3(6, 0), F6_E3M2(6, 0), F4(4, 23), U4(4, 21), I4(4, 22), //
    /** Texts: no fixed size. */
    STRING(0, 8);

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int bits;
    private final int onnx;

    ElementType(int bits, int onnx) {
        this.bits = bits;
        this.onnx = onnx;
    }

    /** Bits an element; 0 where elements have no fixed size. */
    public int bits() {
        return bits;
    }

    /** Whether {@link #decode} turns it into floats without loss. */
    public boolean isWeight() {
        return this == F32 || this == F16 || this == BF16;
    }

    /** The type that ONNX's TensorProto numbers so, or null. */
    public static ElementType ofOnnx(int number) {
        return first(type -> type.onnx == number && number != 0);
    }

    /** The type that safetensors names so, or null. */
    public static ElementType ofSafetensors(String name) {
        return first(type -> type.name().equals(name) && type != STRING);
    }

    private static ElementType first(Predicate<ElementType> condition) {
        return Arrays.stream(values()).filter(condition).findFirst().orElse(null);
    }

    /**
     * Widens elements to floats; only for a type that {@link #isWeight}.
     *
     * @param data the tensor's bytes
     * @param first which element to begin with
     * @param into where floats go, from index 0
     * @param count how many
     */
    public void decode(MemorySegment data, long first, float[] into, int count) {
        long at = first * (bits / 8);
        switch (this) {
            case F32 -> MemorySegment.copy(data, FLOAT, at, into, 0, count);
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    into[i] = Float.float16ToFloat(data.get(SHORT, at + 2L * i));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    into[i] = Float.intBitsToFloat(data.get(SHORT, at + 2L * i) << 16);
                }
            }
            default -> throw new IllegalStateException(this + " is no type of weights");
        }
    }
}
