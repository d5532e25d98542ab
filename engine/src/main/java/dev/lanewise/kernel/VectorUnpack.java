package dev.lanewise.kernel;

import static dev.lanewise.kernel.Simd.LANES;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Keys and values that are kept in fewer bits, as floats: eight at a time, as many as a panel of values has. */
final class VectorUnpack {
    private static final VectorSpecies<Float> FLOATS = LANES >= 8 ? FloatVector.SPECIES_256 : FloatVector.SPECIES_128;
    private static final VectorSpecies<Integer> INTS = LANES >= 8 ? IntVector.SPECIES_256 : IntVector.SPECIES_128;
    private static final int STEP = 8;

    private VectorUnpack() {}

    static void bfloats(float[] out, int outAt, short[] x, int at, int count) {
        for (int i = 0; i < count; i += STEP) {
            ShortVector v = ShortVector.fromArray(ShortVector.SPECIES_128, x, at + i);
            for (int part = 0; part < STEP / FLOATS.length(); part++) {
                IntVector u = (IntVector) v.convertShape(VectorOperators.S2I, INTS, part);
                u.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(out,
                        outAt + i + part * FLOATS.length());
            }
        }
    }

    /** Rows of 32 keys: every key has its scale. */
    static void keys(float[] out, int outAt, byte[] x, int at, int rows, float[] scales, int scalesAt) {
        for (int lane = 0; lane < Kernels.KEY_PANEL; lane += STEP) {
            for (int part = 0; part < STEP / FLOATS.length(); part++) {
                int first = lane + part * FLOATS.length();
                FloatVector scale = FloatVector.fromArray(FLOATS, scales, scalesAt + first);
                for (int row = 0; row < rows; row++) {
                    ByteVector v = ByteVector.fromArray(ByteVector.SPECIES_64, x, at + row * Kernels.KEY_PANEL + lane);
                    ((FloatVector) v.convertShape(VectorOperators.B2F, FLOATS, part)).mul(scale).intoArray(out,
                            outAt + row * Kernels.KEY_PANEL + first);
                }
            }
        }
    }

    /** A panel of values: every row of 8 has its scale. */
    static void values(float[] out, int outAt, byte[] x, int at, int rows, float[] scales, int scalesAt) {
        for (int row = 0; row < rows; row++) {
            FloatVector scale = FloatVector.broadcast(FLOATS, scales[scalesAt + row]);
            ByteVector v = ByteVector.fromArray(ByteVector.SPECIES_64, x, at + row * STEP);
            for (int part = 0; part < STEP / FLOATS.length(); part++) {
                ((FloatVector) v.convertShape(VectorOperators.B2F, FLOATS, part)).mul(scale).intoArray(out,
                        outAt + row * STEP + part * FLOATS.length());
            }
        }
    }
}
