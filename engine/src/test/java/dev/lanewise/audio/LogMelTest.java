package dev.lanewise.audio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The transform against its definition, and what follows from the definition of the spectrogram. */
class LogMelTest {

    @ParameterizedTest
    @CsvSource({"2", "3,2", "4,4,5,5", "5,4,5,4", "7,1,3"})
    void transformIsItsDefinition(String text) {
        int[] factors = Arrays.stream(text.split(",")).mapToInt(Integer::parseInt).toArray();
        int length = Arrays.stream(factors).reduce(1, (a, b) -> a * b);
        FourierTransform transform = new FourierTransform(factors);
        Random random = new Random(length);
        for (int round = 0; round < 2; round++) {
            double[] real = random.doubles(length, -1, 1).toArray();
            double[] imaginary = random.doubles(length, -1, 1).toArray();
            System.arraycopy(real, 0, transform.real(), 0, length);
            System.arraycopy(imaginary, 0, transform.imaginary(), 0, length);
            transform.transform();
            for (int k = 0; k < length; k++) {
                double sumReal = 0;
                double sumImaginary = 0;
                for (int n = 0; n < length; n++) {
                    double angle = -2 * Math.PI * k * n / length;
                    sumReal += real[n] * Math.cos(angle) - imaginary[n] * Math.sin(angle);
                    sumImaginary += real[n] * Math.sin(angle) + imaginary[n] * Math.cos(angle);
                }
                assertEquals(sumReal, transform.real()[k], 1e-11);
                assertEquals(sumImaginary, transform.imaginary()[k], 1e-11);
            }
        }
    }

    /** Silence is as quiet as it gets everywhere: the logarithm is -10, of which (x + 4) / 4 is written. */
    @Test
    void silence() {
        float[] out = new float[50 * 80];
        new LogMel(80).compute(new float[0], 0, 50, out);
        float[] expected = new float[out.length];
        Arrays.fill(expected, -1.5f);
        assertArrayEquals(expected, out);
    }

    /** A tone is loudest in the filter whose peak is nearest, at all times; eight decades below it there is nothing. */
    @ParameterizedTest
    @CsvSource({"80,440,11", "80,1000,26", "80,4000,62", "128,1000,42"})
    void toneIsInItsFilter(int mels, double hz, int filter) {
        float[] samples = new float[16_000];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (float) Math.sin(2 * Math.PI * hz * i / 16_000);
        }
        float[] out = new float[100 * mels];
        new LogMel(mels).compute(samples, samples.length, 100, out);
        for (int frame = 5; frame < 95; frame++) {
            int loudest = 0;
            float quietest = Float.MAX_VALUE;
            for (int m = 0; m < mels; m++) {
                loudest = out[m * 100 + frame] > out[loudest * 100 + frame] ? m : loudest;
                quietest = Math.min(quietest, out[m * 100 + frame]);
            }
            assertEquals(filter, loudest);
            assertTrue(quietest >= out[filter * 100 + 5] - 2.001f, "eight decades are 2");
        }
    }

    /** Two frames share a transform: an odd number of frames, and silence that is written out, change nothing. */
    @Test
    void framesAreTheirOwn() {
        Random random = new Random(5);
        float[] samples = new float[160 * 11];
        for (int i = 0; i < 1000; i++) {
            samples[i] = random.nextFloat() - 0.5f;
        }
        float[] all = new float[11 * 80];
        float[] some = new float[11 * 80];
        LogMel mel = new LogMel(80);
        mel.compute(samples, samples.length, 11, all);
        mel.compute(samples, 1000, 11, some);
        assertArrayEquals(all, some);
    }
}
