package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.tensor.DataType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The product that computes until the vectors are compiled reads what they pack, and gives their bits. */
class ColdProductTest {
    @Test
    void multiply_anyShape_hasTheBitsOfVectors() {
        Random random = new Random(1);
        int panels = 2;
        for (int rows = 1; rows <= 24; rows++) {
            for (int inputs : new int[]{1, 2, 3, 4, 5, 7, 32, 385}) {
                int stride = panels * Kernels.PANEL + 3;
                float[] x = floats(random, rows * inputs);
                float[] packed = new float[2 + (rows + VectorProduct.ROWS) * inputs];
                VectorProduct.packRows(packed, 2, x, 0, inputs, rows, inputs);
                float[] expected = new float[1 + (rows + VectorProduct.ROWS) * stride];
                float[] actual = new float[expected.length];
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment weights = arena.allocateFrom(ValueLayout.JAVA_FLOAT,
                            floats(random, 16 + panels * Kernels.PANEL * inputs));
                    MemorySegment bias = arena.allocateFrom(ValueLayout.JAVA_FLOAT,
                            floats(random, 8 + panels * Kernels.PANEL));
                    VectorProduct.multiply(expected, 1, stride, packed, 2, rows, inputs, DataType.F32, weights, 64,
                            panels, bias, 32, null);
                    ColdProduct.multiply(actual, 1, stride, packed, 2, rows, inputs, weights, 64, panels, bias, 32);
                }
                for (int i = 0; i < rows * stride; i++) {
                    assertEquals(expected[1 + i], actual[1 + i], 0f, rows + " rows, " + inputs + " inputs, at " + i);
                }
            }
        }
    }

    private static float[] floats(Random random, int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (float) random.nextGaussian();
        }
        return floats;
    }
}
