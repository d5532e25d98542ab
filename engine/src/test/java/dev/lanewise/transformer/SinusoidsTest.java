package dev.lanewise.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.PositionSpec.Kind;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Positions as the papers and their implementations state them. */
class SinusoidsTest {
    private static float[] row(PositionSpec spec, int width, int position) {
        Sinusoids sinusoids = new Sinusoids(spec, width, 32);
        Batch batch = new Batch();
        batch.add(new int[position + 1], null, 0, position + 1);
        sinusoids.prepare(batch);
        float[] row = new float[40];
        sinusoids.row(row, 4, position);
        return Arrays.copyOfRange(row, 4, 4 + width);
    }

    private static float sin(double x) {
        return (float) Math.sin(x);
    }

    private static float cos(double x) {
        return (float) Math.cos(x);
    }

    @Test
    void interleaved_asInThePaper() {
        assertArrayEquals(new float[]{sin(3), cos(3), sin(0.03), cos(0.03)},
                row(new PositionSpec(Kind.SINUSOIDAL_INTERLEAVED, 9, 0), 4, 3), 1e-7f);
    }

    @Test
    void halves_alsoOfAnOddWidth() {
        assertArrayEquals(new float[]{sin(3), sin(0.03), cos(3), cos(0.03)},
                row(new PositionSpec(Kind.SINUSOIDAL_HALVES, 9, 0), 4, 3), 1e-7f);
        double third = Math.pow(10_000, -2 / 3.0);
        assertArrayEquals(new float[]{sin(3), sin(3 * third), cos(3)},
                row(new PositionSpec(Kind.SINUSOIDAL_HALVES, 9, 0), 3, 3), 1e-7f);
    }

    @Test
    void inclusive_withPositionsFromSomewhereElse() {
        // Three frequencies: 1, 1/100, 1/10000.
        PositionSpec spec = new PositionSpec(Kind.SINUSOIDAL_HALVES, 9, 2, true);
        assertArrayEquals(new float[]{sin(5), sin(0.05), sin(0.0005), cos(5), cos(0.05), cos(0.0005)},
                row(spec, 6, 3), 1e-7f);
        assertArrayEquals(new float[]{sin(5), sin(0.05), sin(0.0005), cos(5), cos(0.05), cos(0.0005), 0},
                row(spec, 7, 3), 1e-7f);
    }
}
