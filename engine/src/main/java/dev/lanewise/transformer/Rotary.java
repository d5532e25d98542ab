package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.spec.RotarySpec;
import java.util.Arrays;

/**
 * Rotary position encoding: the angles of a pass's tokens, and the turning of queries and keys by them. The angles are
 * computed in double and with {@link StrictMath}, so that every machine has the same, and once for each position, as that
 * allocates. One a session, reused; grows to the last position it has met.
 */
final class Rotary {
    private final RotarySpec spec;
    private final int half; // of the elements that are rotated
    private final Angles usual;
    private Angles far; // of longer texts, where those are rotated otherwise
    private float[] cosines = {}; // [tokens][half]
    private float[] sines = {}; // [tokens][half]

    Rotary(RotarySpec spec) {
        this.spec = spec;
        half = spec.size() / 2;
        usual = new Angles(spec, 0);
    }

    RotarySpec spec() {
        return spec;
    }

    /** Computes the angles of all tokens of a batch. */
    void prepare(Batch batch) {
        int needed = batch.tokens() * half;
        if (needed > cosines.length) {
            cosines = new float[needed];
            sines = new float[needed];
        }
        for (int text = 0; text < batch.texts(); text++) {
            Angles angles = angles(spec.reach(batch.extent(text)));
            for (int token = batch.start(text); token < batch.start(text + 1); token++) {
                int position = batch.position(token);
                angles.meet(position);
                System.arraycopy(angles.cosines, position * half, cosines, token * half, half);
                System.arraycopy(angles.sines, position * half, sines, token * half, half);
            }
        }
    }

    private Angles angles(int reach) {
        if (reach == 0) {
            return usual;
        }
        if (far == null || far.reach != reach) {
            far = new Angles(spec, reach);
        }
        return far;
    }

    /** The angles of positions in texts of one {@link RotarySpec#reach}. */
    private static final class Angles {
        private final int reach;
        private final double[] frequencies; // [half], turns in radians from one position to the next
        private final double magnitude;
        private float[] cosines = {}; // [positions][half]
        private float[] sines = {}; // [positions][half]
        private int positions;

        Angles(RotarySpec spec, int reach) {
            this.reach = reach;
            frequencies = frequencies(spec, reach);
            magnitude = switch (spec.scaling()) {
                case RotarySpec.Yarn yarn -> yarn.magnitude();
                case RotarySpec.Factors factors -> factors.magnitude();
                default -> 1;
            };
        }

        /** Computes the angles of all positions up to one. */
        void meet(int position) {
            int half = frequencies.length;
            int needed = Math.multiplyExact(position + 1, half);
            if (needed > cosines.length) {
                int capacity = (int) Math.max(needed, Math.min(2L * cosines.length, Integer.MAX_VALUE - 8));
                cosines = Arrays.copyOf(cosines, capacity);
                sines = Arrays.copyOf(sines, capacity);
            }
            for (; positions <= position; positions++) {
                for (int i = 0; i < half; i++) {
                    double angle = positions * frequencies[i];
                    cosines[positions * half + i] = (float) (StrictMath.cos(angle) * magnitude);
                    sines[positions * half + i] = (float) (StrictMath.sin(angle) * magnitude);
                }
            }
        }
    }

    /** Turns one head of a token. */
    void turn(Kernels kernels, float[] x, int at, int token) {
        kernels.rotate(x, at, half, cosines, sines, token * half);
    }

    /** Rounded to floats, as the published implementations compute them. */
    private static double[] frequencies(RotarySpec spec, int reach) {
        double[] frequencies = new double[spec.size() / 2];
        for (int i = 0; i < frequencies.length; i++) {
            double plain = 1 / StrictMath.pow(spec.theta(), 2.0 * i / spec.size());
            frequencies[i] = (float) switch (spec.scaling()) {
                case RotarySpec.Plain() -> plain;
                case RotarySpec.Linear(double factor) -> plain / factor;
                case RotarySpec.Llama3 llama3 -> llama3(plain, llama3);
                case RotarySpec.Yarn yarn -> yarn(plain, i, spec, yarn);
                case RotarySpec.Factors factors ->
                    plain / (reach == 0 ? factors.factors() : factors.far()).get(i);
                case RotarySpec.Dynamic dynamic -> reach == 0 ? plain : dynamic(i, spec, dynamic, reach);
            };
        }
        return frequencies;
    }

    private static double llama3(double plain, RotarySpec.Llama3 scaling) {
        double turns = scaling.original() * plain / (2 * Math.PI); // within the original positions
        double kept = (turns - scaling.lowFrequencyFactor())
                / (scaling.highFrequencyFactor() - scaling.lowFrequencyFactor());
        return turns < scaling.lowFrequencyFactor()
                ? plain / scaling.factor()
                : turns > scaling.highFrequencyFactor()
                        ? plain
                        : (1 - kept) * plain / scaling.factor() + kept * plain;
    }

    private static double yarn(double plain, int i, RotarySpec spec, RotarySpec.Yarn scaling) {
        double low = element(scaling.betaFast(), spec, scaling);
        double high = element(scaling.betaSlow(), spec, scaling);
        if (scaling.truncate()) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        low = Math.max(low, 0);
        high = Math.min(high, spec.size() - 1);
        double divided = Math.clamp((i - low) / (high != low ? high - low : 0.001), 0, 1);
        return plain / scaling.factor() * divided + plain * (1 - divided);
    }

    /** The base grows so that the lowest frequency is divided by how much longer the text is, and the highest is kept. */
    private static double dynamic(int i, RotarySpec spec, RotarySpec.Dynamic scaling, int tokens) {
        double longer = scaling.factor() * tokens / scaling.original() - (scaling.factor() - 1);
        double base = spec.theta() * StrictMath.pow(longer, spec.size() / (spec.size() - 2.0));
        return 1 / StrictMath.pow(base, 2.0 * i / spec.size());
    }

    /** The element whose frequency makes so many turns within the original positions. */
    private static double element(double turns, RotarySpec spec, RotarySpec.Yarn scaling) {
        return spec.size() * StrictMath.log(scaling.original() / (turns * 2 * Math.PI))
                / (2 * StrictMath.log(spec.theta()));
    }
}
