package dev.lanewise.audio;

import java.util.Arrays;

/**
 * How loud a recording is, in decades, by frequency and time: the log-mel spectrogram that Whisper's encoders read (Radford et
 * al., 2022), as OpenAI's and Hugging Face's code compute it.
 *
 * <p>Frames of 400 samples, 160 apart, the first one centred at the first sample and the recording mirrored at its ends; Hann
 * window, power spectrum, triangular filters on Slaney's mel scale; then the logarithm, no lower than eight decades below the
 * highest value, mapped so that speech is about -1 to 1. Computed in double precision: a result differs from the published code,
 * which rounds to float on the way, by some 1e-5.
 *
 * <p>Not thread-safe; allocates nothing after its construction.
 */
public final class LogMel {
    /** Samples a second. */
    public static final int SAMPLE_RATE = 16_000;
    /** Samples from one frame to the next. */
    public static final int HOP = 160;

    private static final int FRAME = 400;
    private static final int BINS = FRAME / 2 + 1;
    /** Slaney's scale: linear, 3 mel for each 200 Hz, up to here, and logarithmic above, 27 mel for a factor of 6.4. */
    private static final double LINEAR_HZ = 1000;
    private static final double MEL_PER_HZ = 3.0 / 200;
    private static final double MEL_PER_LOG = 27 / StrictMath.log(6.4);
    private static final double QUIETEST = 1e-10;
    private static final double DECADES = 8;

    private final int mels;
    private final FourierTransform transform = new FourierTransform(4, 4, 5, 5);
    private final double[] window = new double[FRAME];
    private final double[] power = new double[2 * BINS]; // of two frames
    private final int[] firstBin; // [mels], of each filter
    private final double[][] filters; // [mels][bins of the filter]

    /** @param mels how many filters: 80, or 128 in the largest models */
    public LogMel(int mels) {
        this.mels = mels;
        for (int i = 0; i < FRAME; i++) {
            window[i] = 0.5 - 0.5 * StrictMath.cos(2 * Math.PI * i / FRAME);
        }
        double[] edges = new double[mels + 2]; // in Hz
        double highest = LINEAR_HZ * MEL_PER_HZ + MEL_PER_LOG * StrictMath.log(SAMPLE_RATE / 2 / LINEAR_HZ);
        for (int i = 0; i < edges.length; i++) {
            double mel = highest * i / (mels + 1);
            double above = mel - LINEAR_HZ * MEL_PER_HZ;
            edges[i] = above < 0 ? mel / MEL_PER_HZ : LINEAR_HZ * StrictMath.exp(above / MEL_PER_LOG);
        }
        firstBin = new int[mels];
        filters = new double[mels][];
        double[] weights = new double[BINS];
        for (int m = 0; m < mels; m++) {
            int last = 0;
            for (int bin = BINS - 1; bin >= 0; bin--) {
                double hz = (double) bin * SAMPLE_RATE / FRAME;
                double rising = (hz - edges[m]) / (edges[m + 1] - edges[m]);
                double falling = (edges[m + 2] - hz) / (edges[m + 2] - edges[m + 1]);
                // Each filter passes about the same energy.
                weights[bin] = Math.max(0, Math.min(rising, falling)) * 2 / (edges[m + 2] - edges[m]);
                if (weights[bin] > 0) {
                    firstBin[m] = bin;
                    last = Math.max(last, bin);
                }
            }
            filters[m] = Arrays.copyOfRange(weights, firstBin[m], Math.max(firstBin[m], last + 1));
        }
    }

    /**
     * The spectrogram of a recording that is followed by silence.
     *
     * @param samples at {@value #SAMPLE_RATE} Hz, -1 to 1, finite, from 0 on
     * @param count how many there are; after them it is silent
     * @param frames how many are wanted: one for each {@value #HOP} samples, silence included; 2 or more
     * @param out {@code [mels][frames]}
     */
    public void compute(float[] samples, int count, int frames, float[] out) {
        int length = frames * HOP;
        double loudest = Double.NEGATIVE_INFINITY;
        for (int frame = 0; frame < frames; frame += 2) {
            // Two frames in one transform: as real and imaginary parts, which its symmetry tells apart.
            load(samples, Math.min(count, length), length, frame, transform.real());
            load(samples, Math.min(count, length), length, frame + 1, transform.imaginary());
            transform.transform();
            readPower();
            for (int f = frame; f < Math.min(frame + 2, frames); f++) {
                for (int m = 0; m < mels; m++) {
                    double value = StrictMath.log10(Math.max(QUIETEST, energy(m, (f - frame) * BINS)));
                    loudest = Math.max(loudest, value);
                    out[m * frames + f] = (float) value;
                }
            }
        }
        float floor = (float) (loudest - DECADES);
        for (int i = 0; i < frames * mels; i++) {
            out[i] = (Math.max(out[i], floor) + 4) / 4;
        }
    }

    private void load(float[] samples, int count, int length, int frame, double[] to) {
        int start = frame * HOP - FRAME / 2;
        for (int i = 0; i < FRAME; i++) {
            int at = Math.abs(start + i);
            at = at < length ? at : 2 * (length - 1) - at;
            to[i] = at < count ? samples[at] * window[i] : 0;
        }
    }

    private void readPower() {
        double[] real = transform.real();
        double[] imaginary = transform.imaginary();
        for (int bin = 0; bin < BINS; bin++) {
            int mirror = (FRAME - bin) % FRAME;
            double evenReal = real[bin] + real[mirror];
            double oddImaginary = imaginary[bin] - imaginary[mirror];
            power[bin] = (evenReal * evenReal + oddImaginary * oddImaginary) / 4;
            double evenImaginary = imaginary[bin] + imaginary[mirror];
            double oddReal = real[mirror] - real[bin];
            power[BINS + bin] = (evenImaginary * evenImaginary + oddReal * oddReal) / 4;
        }
    }

    private double energy(int filter, int at) {
        double[] weights = filters[filter];
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i] * power[at + firstBin[filter] + i];
        }
        return sum;
    }
}
