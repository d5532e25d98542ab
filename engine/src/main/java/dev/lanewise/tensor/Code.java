package dev.lanewise.tensor;

/**
 * How numbers of a few bits are stored, and what they mean. Their low bits lie in one plane of 32-bit words, their high bits,
 * if there are any, in a second one behind it, so that every word is full: a plane of n bits is
 * {@code [count * n / 32][32 outputs]} words. Of 8 bits a word holds four codes, the first highest. Of fewer bits it holds 4 / n
 * runs of eight codes: a code of the first run is in the highest n bits of a nibble, one of the next in those below, and the
 * first code of a run is in the highest nibble. So eight codes of any n are nibbles after one shift and one mask.
 *
 * @param lowBits of a code in the first plane: 8, 4 or 2
 * @param highBits of a code in the second plane: 4, 2, 1, or 0 where there is none
 * @param meaning of all its bits
 */
public record Code(int lowBits, int highBits, Meaning meaning) {

    /** What the bits of a code stand for. */
    public enum Meaning {
        /** A number from 0 on. */
        UNSIGNED,
        /** A number with a sign, as its two's complement. */
        SIGNED,
        /** A number with a sign, stored as its distance from the lowest. */
        CENTRED,
        /** One of 16 numbers that lie closer about zero, as in IQ4_NL and IQ4_XS of GGUF. */
        NON_LINEAR(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113),
        /** A float of 4 bits, E2M1 of the OCP microscaling formats, doubled so that it is whole. */
        FLOAT4(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12),
        /**
         * The exponent of a power of two, E8M0 of the OCP microscaling formats, halved as the codes are doubled. As bytes in
         * the order of outputs, not in words.
         */
        EXPONENT;

        private final float[] values;

        Meaning(float... values) {
            this.values = values;
        }

        /** Whether a code chooses from a table. */
        public boolean isTable() {
            return values.length > 0;
        }
    }

    /** The largest exponent with which all numbers of {@link Meaning#FLOAT4} are finite. */
    public static final int LARGEST_EXPONENT = 252;

    /**
     * How far up in its word a code is.
     *
     * @param bits of a code in the plane
     * @param index of the code
     */
    public static int shift(int bits, int index) {
        int inWord = index % (Integer.SIZE / bits);
        return bits == 8 ? 8 * (3 - inWord) : 4 * (7 - inWord % 8) + 4 - bits * (inWord / 8 + 1);
    }

    /** The bits of a code, of both planes. */
    public int bits() {
        return lowBits + highBits;
    }

    /** What is subtracted from the bits; 0 where that is not how they are read. */
    public int zero() {
        return meaning == Meaning.CENTRED ? 1 << bits() - 1 : 0;
    }

    /** Bytes of so many codes, whole words. */
    public long bytes(long count) {
        return Math.multiplyExact(count, bits()) / 8;
    }

    /**
     * What a code stands for.
     *
     * @param bits its bits, and zeros above them
     */
    public float value(int bits) {
        return switch (meaning) {
            case UNSIGNED, CENTRED -> bits - zero();
            case SIGNED -> bits << 32 - bits() >> 32 - bits();
            case NON_LINEAR, FLOAT4 -> meaning.values[bits];
            // Below 2^-126 only a subnormal holds it.
            case EXPONENT -> Float.intBitsToFloat(bits < 2 ? 0x00200000 << bits : bits - 1 << 23);
        };
    }
}
