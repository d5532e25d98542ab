package dev.lanewise.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector width of this JVM, as constants that the compiler can fold: the widest that the machine has, or what
 * {@value #BITS_PROPERTY} says.
 */
final class Simd {
    /** 128, 256 or 512: forces a width; 0 forces the scalar twins. */
    static final String BITS_PROPERTY = "dev.lanewise.vectorBits";

    static final VectorSpecies<Float> FLOATS = species();
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    static final int LANES = FLOATS.length();
    static final int BYTES = FLOATS.vectorByteSize();
    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** AVX-512 and NEON have 32 vector registers, AVX2 has 16; it decides which register tiles do not spill. */
    static final boolean MANY_REGISTERS = FloatVector.SPECIES_PREFERRED.vectorBitSize() == 512
            || System.getProperty("os.arch").equals("aarch64");

    /**
     * What off-heap memory is to the JVM, mapped or allocated. Its loads of vectors go through methods that it shares with
     * every other use in the process; as soon as those have met several kinds of segments, the compiler calls them
     * instead of inlining them and each vector becomes an object.
     */
    private static final Class<? extends MemorySegment> OFF_HEAP = Arena.global().allocate(1).getClass();

    private Simd() {}

    /** The same segment, and the compiler knows that it is off-heap: kernels are then fast whatever else the process does. */
    static MemorySegment offHeap(MemorySegment segment) {
        return OFF_HEAP.cast(segment);
    }

    private static VectorSpecies<Float> species() {
        int bits = Integer.getInteger(BITS_PROPERTY, FloatVector.SPECIES_PREFERRED.vectorBitSize());
        return VectorSpecies.of(float.class, VectorShape.forBitSize(Math.clamp(bits, 128, 512)));
    }
}
