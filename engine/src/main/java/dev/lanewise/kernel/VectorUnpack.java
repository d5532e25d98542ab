package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.FLOATS;
import static dev.lanewise.kernel.Simd.LANES;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Keys and values that are kept in fewer bits, as floats. */
final class VectorUnpack {
    /** At a time: no vector of bytes is smaller. */
    private static final int STEP = Math.max(8, LANES);
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    private static final VectorSpecies<Short> SHORTS = LANES == 16 ? ShortVector.SPECIES_256 : ShortVector.SPECIES_128;
    private static final VectorSpecies<Byte> BYTES = LANES == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;
    private static final int PANEL = Kernels.VALUE_PANEL;

    private VectorUnpack() {}

    static void bfloats(float[] out, int outAt, short[] x, int at, int count) {
        for (int i = 0; i < count; i += STEP) {
            ShortVector v = ShortVector.fromArray(SHORTS, x, at + i);
            for (int part = 0; part < STEP / LANES; part++) {
                IntVector u = (IntVector) v.convertShape(VectorOperators.S2I, INTS, part);
                u.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(out, outAt + i + part * LANES);
            }
        }
    }

    /** Rows of 32 keys: every key has its scale. */
    static void keys(float[] out, int outAt, byte[] x, int at, int rows, float[] scales, int scalesAt) {
        for (int lane = 0; lane < Kernels.KEY_PANEL; lane += STEP) {
            for (int part = 0; part < STEP / LANES; part++) {
                int first = lane + part * LANES;
                FloatVector scale = FloatVector.fromArray(FLOATS, scales, scalesAt + first);
                for (int row = 0; row < rows; row++) {
                    ByteVector v = ByteVector.fromArray(BYTES, x, at + row * Kernels.KEY_PANEL + lane);
                    ((FloatVector) v.convertShape(VectorOperators.B2F, FLOATS, part)).mul(scale).intoArray(out,
                            outAt + row * Kernels.KEY_PANEL + first);
                }
            }
        }
    }

    /** A panel of values: every row of 16 has its scale. */
    static void values(float[] out, int outAt, byte[] x, int at, int rows, float[] scales, int scalesAt) {
        for (int lane = 0; lane < PANEL; lane += STEP) {
            for (int part = 0; part < STEP / LANES; part++) {
                int to = outAt + lane + part * LANES;
                for (int row = 0; row < rows; row++) {
                    FloatVector scale = FloatVector.broadcast(FLOATS, scales[scalesAt + row]);
                    ByteVector v = ByteVector.fromArray(BYTES, x, at + row * PANEL + lane);
                    ((FloatVector) v.convertShape(VectorOperators.B2F, FLOATS, part)).mul(scale).intoArray(out,
                            to + row * PANEL);
                }
            }
        }
    }
}
