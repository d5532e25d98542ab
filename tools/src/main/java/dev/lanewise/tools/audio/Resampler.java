package dev.lanewise.tools.audio;

import dev.lanewise.AudioStream;
import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;

/**
 * A stream at another sampling rate: a windowed sinc filter (Kaiser, 100 dB) in polyphase form. With respect to the lower of the
 * two rates, frequencies up to 0.45 of it pass, to within 0.001 dB; from 0.5 of it on they are suppressed by 100 dB. Nothing is
 * delayed: sample 0 is at the same time on both sides. The recording is silent before and after.
 *
 * <p>The position of a sample is kept in integers, so that nothing drifts. Between phases that are not tabulated, which odd ratios
 * of rates need, coefficients are interpolated; that costs another -118 dB.
 *
 * <p>What is read does not depend on the sizes of the pieces. Not thread-safe; memory depends on the rates alone.
 */
public final class Resampler implements AudioStream {
    private static final double ATTENUATION = 100; // in dB
    private static final double PASS = 0.9; // of half the lower rate
    /** Kaiser's rules. */
    private static final double BETA = 0.1102 * (ATTENUATION - 8.7);
    private static final double HALF_WIDTH = (ATTENUATION - 7.95) / (14.36 * (1 - PASS) / 2) / 2; // at the lower rate
    private static final int MOST_PHASES = 1024;
    private static final int BLOCK = 4096;

    private final AudioStream source;
    private final long step; // in units of which a sample of the source has `unit`
    private final long unit;
    private final int half; // coefficients on each side
    private final float[][] phases; // [phases and one][2 * half]
    private final float[] buffer;
    private int start; // in the buffer, of the samples that the next output needs
    private int filled;
    private long within; // where the next output lies behind the sample that is `half - 1` after the start
    private long sourceCount;
    private long outputCount;
    private long last = Long.MAX_VALUE; // how many outputs there are, once it is known

    /**
     * @param source the stream
     * @param from its rate, in Hz
     * @param to the rate wanted
     */
    public Resampler(AudioStream source, int from, int to) {
        this.source = source;
        int divisor = BigInteger.valueOf(from).gcd(BigInteger.valueOf(to)).intValue();
        step = from / divisor;
        unit = to / divisor;
        double lower = Math.min(1, (double) to / from); // rate, relative to the source's
        half = (int) Math.ceil(HALF_WIDTH / lower);
        phases = phases((int) Math.min(unit, MOST_PHASES), half, lower * (1 + PASS) / 2);
        buffer = new float[2 * half + BLOCK];
        filled = half - 1; // silence
    }

    /** @param cutOff relative to half the source's rate */
    private static float[][] phases(int count, int half, double cutOff) {
        float[][] phases = new float[count + 1][2 * half];
        double[] row = new double[2 * half];
        for (int phase = 0; phase <= count; phase++) {
            double sum = 0;
            for (int i = 0; i < row.length; i++) {
                double distance = i - (half - 1) - (double) phase / count;
                double x = Math.PI * cutOff * distance;
                double sinc = x == 0 ? 1 : StrictMath.sin(x) / x;
                double inside = 1 - distance / half * (distance / half);
                row[i] = inside < 0 ? 0 : sinc * bessel(BETA * StrictMath.sqrt(inside));
                sum += row[i];
            }
            for (int i = 0; i < row.length; i++) {
                phases[phase][i] = (float) (row[i] / sum);
            }
        }
        return phases;
    }

    /** The modified Bessel function of the first kind and order 0. */
    private static double bessel(double x) {
        double term = 1;
        double sum = 1;
        for (int k = 1; term > 1e-18 * sum; k++) {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }
        return sum;
    }

    @Override
    public int read(float[] samples, int from, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            if (filled - start < 2 * half) {
                fill();
            }
            if (outputCount == last) {
                return i == 0 ? -1 : i;
            }
            samples[from + i] = value();
            outputCount++;
            within += step;
            start += (int) (within / unit);
            within %= unit;
        }
        return count;
    }

    private float value() {
        long scaled = within * (phases.length - 1);
        int phase = (int) (scaled / unit);
        float value = product(phases[phase]);
        long rest = scaled % unit;
        return rest == 0 ? value : value + (float) rest / unit * (product(phases[phase + 1]) - value);
    }

    /** Four sums, as one would make each addition wait for the last. */
    private float product(float[] coefficients) {
        float sum0 = 0;
        float sum1 = 0;
        float sum2 = 0;
        float sum3 = 0;
        int i = 0;
        for (; i + 3 < coefficients.length; i += 4) {
            sum0 += coefficients[i] * buffer[start + i];
            sum1 += coefficients[i + 1] * buffer[start + i + 1];
            sum2 += coefficients[i + 2] * buffer[start + i + 2];
            sum3 += coefficients[i + 3] * buffer[start + i + 3];
        }
        for (; i < coefficients.length; i++) {
            sum0 += coefficients[i] * buffer[start + i];
        }
        return sum0 + sum1 + (sum2 + sum3);
    }

    /** Reads until there is enough for the next output; after the end it is silent. */
    private void fill() throws IOException {
        System.arraycopy(buffer, start, buffer, 0, filled - start);
        filled -= start;
        start = 0;
        while (filled < 2 * half) {
            int read = last == Long.MAX_VALUE ? source.read(buffer, filled, buffer.length - filled) : -1;
            if (read < 0) {
                if (last == Long.MAX_VALUE) {
                    // As many outputs as lie before the end of the source.
                    last = (sourceCount * unit + step - 1) / step;
                }
                Arrays.fill(buffer, filled, buffer.length, 0);
                filled = buffer.length;
            } else {
                sourceCount += read;
                filled += read;
            }
        }
    }
}
