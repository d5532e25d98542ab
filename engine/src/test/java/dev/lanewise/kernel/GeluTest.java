package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GeluTest {

    /** Every 1,999th float; the step is prime, so that all exponents and fractions are met. */
    @Test
    void gelu_isWithinTwoFloatsOfTheRoundedValue() {
        for (long bits = 0; bits < 1L << 32; bits += 1999) {
            float x = Float.intBitsToFloat((int) bits);
            float found = ScalarMath.gelu(x);
            if (Float.isNaN(x)) {
                assertTrue(Float.isNaN(found));
                continue;
            }
            if (x == Float.NEGATIVE_INFINITY) {
                assertEquals(0f, found + 0f);
                continue;
            }
            float expected = (float) exact(x);
            // Below the normal numbers the result is taken as 0 at 13.24; that is 3.4e-39 at most.
            assertTrue(Math.abs((long) ordered(expected) - ordered(found)) <= 2 || Math.abs(expected - found) < 4e-39f,
                    "gelu(" + x + ") is " + found + ", not " + expected);
        }
    }

    /** Neighbouring floats have neighbouring numbers. */
    private static int ordered(float x) {
        int bits = Float.floatToIntBits(x);
        return bits < 0 ? Integer.MIN_VALUE - bits : bits;
    }

    /** x * Phi(x): near zero by the series of Phi, in the tails by the continued fraction of 1 - Phi (Laplace). */
    private static double exact(double x) {
        double a = Math.abs(x);
        if (a < 3) {
            double term = a;
            double sum = a;
            for (int i = 1; term > sum * 1e-18; i++) {
                term *= a * a / (2 * i + 1);
                sum += term;
            }
            double half = sum * Math.exp(-a * a / 2) / Math.sqrt(2 * Math.PI);
            return x * (x > 0 ? 0.5 + half : 0.5 - half);
        }
        double fraction = 0;
        for (int i = 200; i > 0; i--) {
            fraction = i / (a + fraction);
        }
        double tail = Math.exp(-a * a / 2) / Math.sqrt(2 * Math.PI) / (a + fraction);
        return x > 0 ? x - x * tail : x * tail;
    }
}
