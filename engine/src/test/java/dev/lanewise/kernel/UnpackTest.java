package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What unpacks keys and values of fewer bits is exact, and writes nothing behind. */
@Tag("widths")
class UnpackTest {
    static List<Kernels> widths() {
        return Widths.all();
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void bfloats_areExact(Kernels k) {
        short[] x = new short[1 << 16];
        for (int i = 0; i < x.length; i++) {
            x[i] = (short) i;
        }
        float[] out = new float[x.length + 2];
        k.unpack16(out, 1, x, 0, x.length);
        for (int i = 0; i < x.length; i++) {
            assertEquals(Float.intBitsToFloat(i << 16), out[i + 1]);
        }
        assertEquals(0, out[0]);
        assertEquals(0, out[x.length + 1]);
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("widths")
    void bytes_areTheirCodesTimesTheirScales(Kernels k) {
        Random random = new Random(3);
        for (int rows = 1; rows < 34; rows++) {
            byte[] x = new byte[2 + rows * 32];
            random.nextBytes(x);
            float[] scales = new float[34 + rows];
            for (int i = 0; i < scales.length; i++) {
                scales[i] = random.nextFloat();
            }
            float[] keys = new float[rows * 32 + 2];
            k.unpackKeys8(keys, 1, x, 2, rows, scales, 1);
            float[] values = new float[rows * 16 + 2];
            k.unpackValues8(values, 1, x, 2, rows, scales, 1);
            for (int row = 0; row < rows; row++) {
                for (int key = 0; key < 32; key++) {
                    assertEquals(x[2 + row * 32 + key] * scales[1 + key], keys[1 + row * 32 + key]);
                }
                for (int i = 0; i < 16; i++) {
                    assertEquals(x[2 + row * 16 + i] * scales[1 + row], values[1 + row * 16 + i]);
                }
            }
            assertEquals(0, keys[0] + keys[rows * 32 + 1] + values[0] + values[rows * 16 + 1]);
        }
    }
}
