package dev.lanewise.tools.audio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.AudioStream;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sines, whose samples at any rate are known. */
class ResamplerTest {
    private static final int TO = 16_000;

    /** What passes stays what it is, at the same times: within 0.001 dB, and the rounding of floats. */
    @ParameterizedTest
    @CsvSource({"48000,1000", "48000,7100", "44100,50", "44100,7100", "22050,7000", "11025,4800", "8000,3500",
            "96000,6000", "192000,3000", "32000,7100", "44101,7100", "15999,7100", "16001,440", "767999,5000"})
    void tonesBelowTheLimitPass(int rate, double hz) throws IOException {
        float[] out = resample(rate, sine(rate, hz, rate));
        assertEquals(TO, out.length, 1);
        for (int i = TO / 4; i < TO * 3 / 4; i++) {
            assertEquals(Math.sin(2 * Math.PI * hz * i / TO), out[i], 1.2e-4, hz + " Hz of " + rate + " at " + i);
        }
    }

    /** What does not fit is gone: 100 dB below what it was. */
    @ParameterizedTest
    @CsvSource({"48000,8000", "48000,9000", "48000,15000", "48000,23000", "44100,8100", "44100,16000", "32000,12000",
            "22050,8500", "192000,60000", "44101,9000", "767999,16000"})
    void tonesAboveTheLimitAreSuppressed(int rate, double hz) throws IOException {
        float[] out = resample(rate, sine(rate, hz, rate));
        double squares = 0;
        for (int i = TO / 4; i < TO * 3 / 4; i++) {
            squares += (double) out[i] * out[i];
        }
        double decibels = 10 * Math.log10(squares / (TO / 2) / 0.5);
        assertTrue(decibels < -98, hz + " Hz of " + rate + ": " + decibels + " dB");
    }

    /** A higher rate invents nothing: the images of a tone are gone as well. */
    @Test
    void tonesHaveNoImages() throws IOException {
        float[] out = resample(8_000, sine(8_000, 3_000, 8_000));
        for (int i = TO / 4; i < TO * 3 / 4; i++) {
            assertEquals(Math.sin(2 * Math.PI * 3_000 * i / TO), out[i], 2e-5);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8_000, 44_100, 44_101, 48_000})
    void silenceAndSteadyValuesStay(int rate) throws IOException {
        float[] steady = new float[rate];
        java.util.Arrays.fill(steady, 0.5f);
        float[] out = resample(rate, steady);
        for (int i = TO / 4; i < TO * 3 / 4; i++) {
            assertEquals(0.5f, out[i], 1e-6f);
        }
        assertArrayEquals(new float[TO], resample(rate, new float[rate]));
    }

    @Test
    void theLengthIsTheSameTime() throws IOException {
        assertEquals(0, resample(44_100, new float[0]).length);
        assertEquals(1, resample(44_100, new float[1]).length);
        assertEquals(1, resample(44_100, new float[2]).length);
        assertEquals(2, resample(8_000, new float[1]).length);
        assertEquals(160, resample(44_100, new float[441]).length);
        assertEquals(161, resample(44_100, new float[442]).length);
    }

    @ParameterizedTest
    @ValueSource(ints = {8_000, 44_100, 44_101, 96_000})
    void theSizesOfPiecesDoNotMatter(int rate) throws IOException {
        Random random = new Random(3);
        float[] noise = new float[20_000];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = random.nextFloat() * 2 - 1;
        }
        float[] atOnce = new float[50_000];
        int count = 0;
        AudioStream whole = new Resampler(pieces(noise, noise.length), rate, TO);
        for (int read = 0; read >= 0; read = whole.read(atOnce, count, atOnce.length - count)) {
            count += read;
        }
        float[] inPieces = AudioFileTest.drain(new Resampler(pieces(noise, 3), rate, TO));
        assertArrayEquals(java.util.Arrays.copyOf(atOnce, count), inPieces);
    }

    private static float[] sine(int rate, double hz, int count) {
        float[] samples = new float[count];
        for (int i = 0; i < count; i++) {
            samples[i] = (float) Math.sin(2 * Math.PI * hz * i / rate);
        }
        return samples;
    }

    private static float[] resample(int rate, float[] samples) throws IOException {
        return AudioFileTest.drain(new Resampler(pieces(samples, 1000), rate, TO));
    }

    private static AudioStream pieces(float[] samples, int most) {
        return new AudioStream() {
            private int at;

            @Override
            public int read(float[] into, int from, int count) {
                if (at == samples.length) {
                    return -1;
                }
                int n = Math.min(Math.min(most, count), samples.length - at);
                System.arraycopy(samples, at, into, from, n);
                at += n;
                return n;
            }
        };
    }
}
