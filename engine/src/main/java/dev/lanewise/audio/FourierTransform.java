package dev.lanewise.audio;

/**
 * The discrete Fourier transform of complex signals of one length, by Stockham's autosort algorithm with any small factors: stage
 * by stage, a factor each, from one buffer into another and back. Not thread-safe; a transform allocates nothing.
 */
final class FourierTransform {
    private final int length;
    private final int[] factors;
    private final double[] cosines; // [length], of 2 pi k / length
    private final double[] sines; // [length]
    private double[] real; // [length]
    private double[] imaginary; // [length]
    private double[] nextReal; // [length]
    private double[] nextImaginary; // [length]

    /** @param factors whose product is the length */
    FourierTransform(int... factors) {
        this.factors = factors;
        int product = 1;
        for (int factor : factors) {
            product *= factor;
        }
        length = product;
        cosines = new double[length];
        sines = new double[length];
        for (int k = 0; k < length; k++) {
            cosines[k] = StrictMath.cos(2 * Math.PI * k / length);
            sines[k] = StrictMath.sin(2 * Math.PI * k / length);
        }
        real = new double[length];
        imaginary = new double[length];
        nextReal = new double[length];
        nextImaginary = new double[length];
    }

    /** The real parts, to be filled in, then read; another array after each {@link #transform}. */
    double[] real() {
        return real;
    }

    /** The imaginary parts. */
    double[] imaginary() {
        return imaginary;
    }

    /** From the signal to its transform, in place for the caller: coefficient k is the sum of x[n] exp(-2 pi i k n / length). */
    void transform() {
        int stride = 1;
        for (int factor : factors) {
            stage(factor, stride);
            stride *= factor;
            double[] swap = real;
            real = nextReal;
            nextReal = swap;
            swap = imaginary;
            imaginary = nextImaginary;
            nextImaginary = swap;
        }
    }

    /** Signals of length {@code length / stride}, interleaved: each becomes {@code factor} shorter ones. */
    private void stage(int factor, int stride) {
        int parts = length / stride / factor;
        int turn = length / factor;
        for (int p = 0; p < parts; p++) {
            for (int t = 0; t < factor; t++) {
                for (int q = 0; q < stride; q++) {
                    double sumReal = 0;
                    double sumImaginary = 0;
                    int angle = 0; // a remainder at each step would cost more than all the rest
                    for (int u = 0; u < factor; u++) {
                        int from = q + stride * (p + parts * u);
                        sumReal += real[from] * cosines[angle] + imaginary[from] * sines[angle];
                        sumImaginary += imaginary[from] * cosines[angle] - real[from] * sines[angle];
                        angle += turn * t;
                        angle -= angle >= length ? length : 0;
                    }
                    int to = q + stride * (factor * p + t);
                    int twiddle = stride * p * t;
                    nextReal[to] = sumReal * cosines[twiddle] + sumImaginary * sines[twiddle];
                    nextImaginary[to] = sumImaginary * cosines[twiddle] - sumReal * sines[twiddle];
                }
            }
        }
    }
}
