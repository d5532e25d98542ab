package dev.lanewise.tokenizer;

/**
 * The properties of characters that BERT's normaliser and word finder ask for, as the reference knows them. Its tables are
 * frozen: general categories of Unicode 8 (crate {@code unicode_categories} 0.1.1) and combining classes of Unicode 9 (crate
 * {@code unicode-normalization-alignments} 0.1). Those of the JDK are younger, and grow younger with every JDK: on JDK 25, 455
 * code points are nonspacing marks that the reference does not know, 140 are punctuation, 20 are format characters. So the
 * tables are here. Generated from the two crates; a test compares the effect of every code point with the reference.
 */
final class FrozenUnicode {
    /** Neither of the others. */
    static final int OTHER = 0;
    /** Control, format or private use (Cc, Cf, Co); what is unassigned does not count. */
    static final int CONTROL = 1;
    /** A nonspacing mark (Mn), that is an accent. */
    static final int NONSPACING_MARK = 2;
    /** Punctuation (P), or one of the 32 of ASCII, some of which are symbols. */
    static final int PUNCTUATION = 3;

    private FrozenUnicode() {}

    /** All properties of a character in one number. */
    static int properties(int codePoint) {
        int low = 0;
        int high = RANGES.length;
        while (high - low > 1) {
            int middle = low + high >>> 1;
            if (RANGES[middle] >>> 10 <= codePoint) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return RANGES[low] & 0x3FF;
    }

    /** One of the constants of this class. */
    static int category(int properties) {
        return properties & 3;
    }

    /** The canonical combining class, 0 to 254; a mark that stays in its place has 0. */
    static int combiningClass(int properties) {
        return properties >>> 2;
    }

    /** The property White_Space, which does not change any more. */
    static boolean isWhitespace(int c) {
        if (c < 0x80) {
            return c == ' ' || c >= '\t' && c <= '\r';
        }
        return c == 0x85 || c == 0xA0 || c == 0x1680 || c >= 0x2000 && c <= 0x200A || c == 0x2028 || c == 0x2029
                || c == 0x202F || c == 0x205F || c == 0x3000;
    }

    /**
     * Where the properties change, ascending, a pair of hexadecimal numbers each: how far from the one before, and the properties,
     * {@code combining class << 2 | category}. As text it takes a fifth of the space of an array in a class file.
     */
    private static final String CHANGES = """
            0 1 20 0 1 3 f 0 a 3 7 0 1a 3 6 0 1a 3 4 1 21 0 1 3 1 0 5 3 1 0 3 3 1 0 1 1 1 0 8 3 2 0 3 3 1 0 3 3 1 0 \
            240 39a 15 3a2 1 372 4 3a2 1 362 1 372 5 32a 2 372 4 32a 2 372 b 6 5 372 4 39a 8 3c2 1 39a 1 372 3 39a \
            3 372 2 2 1 39a 3 372 4 39a 1 3a2 1 372 2 39a 1 3a6 1 3aa 2 3a6 1 3aa 2 3a6 1 39a d 0 e 3 1 0 8 3 1 0 \
            fb 39a 5 0 d2 3 6 0 29 3 2 0 6 372 1 39a 4 372 1 39a 3 37a 1 372 1 39a 6 372 6 39a 2 372 1 39a 2 37a 1 392 \
            1 39a 1 2a 1 2e 1 32 1 36 1 3a 1 3e 1 42 1 46 1 4a 1 4e 2 52 1 56 1 5a 1 3 1 5e 1 3 1 62 1 66 1 3 1 39a \
            1 372 1 3 1 4a 1 0 2b 3 2 0 b 1 6 0 3 3 2 0 1 3 2 0 2 39a 8 7a 1 7e 1 82 1 3 1 1 1 0 1 3 2 0 2b 6e 1 72 \
            1 76 1 7a 1 7e 1 82 1 86 1 8a 1 39a 2 372 2 39a 5 372 1 39a 2 372 1 0 a 3 4 0 2 8e 1 0 63 3 1 0 1 39a 7 1 \
            1 0 1 39a 4 372 1 39a 1 0 2 39a 2 0 1 372 1 39a 2 372 1 0 12 3 e 0 1 1 1 0 1 92 1 0 1e 39a 1 372 1 39a \
            2 372 1 39a 2 372 3 39a 1 372 2 39a 1 372 1 39a 3 372 1 39a 1 372 1 39a 1 372 1 39a 1 372 1 39a 2 0 5b 2 \
            b 0 3a 39a 7 372 1 39a 1 0 3 3 3 0 1c 39a 4 0 1 39a 9 0 1 39a 3 0 1 39a 5 0 2 3 f 0 1a 372 3 0 2 3 1 0 \
            75 398 e 0 1 372 1 39a 2 372 1 39a 2 372 1 39a 3 372 3 6e 1 72 1 76 1 39a 3 372 1 39a 2 372 2 39a 5 2 3 0 \
            37 2 1 0 1 1e 1 0 4 2 8 0 4 26 1 0 3 39a 1 372 1 39a 2 2 3 0 a 2 2 3 2 0 a 3 1 0 10 2 1 0 3a 1e 1 0 4 2 \
            4 0 8 26 1 0 14 2 2 0 1d 2 2 0 39 1e 1 0 4 2 2 0 4 2 2 0 2 2 2 26 1 0 3 2 1 0 1e 2 2 0 3 2 1 0 b 2 2 0 \
            39 1e 1 0 4 2 5 0 1 2 2 0 4 26 1 0 14 2 2 0 c 3 1 0 10 2 1 0 3a 1e 1 0 2 2 1 0 1 2 4 0 8 26 1 0 8 2 1 0 \
            b 2 2 0 1e 2 1 0 3d 2 1 0 c 26 1 0 32 2 1 0 3d 2 3 0 5 2 3 0 1 2 3 26 1 0 7 152 1 16e 1 0 b 2 2 0 1d 2 1 0 \
            3a 1e 1 0 2 2 1 0 6 2 1 0 5 2 1 26 1 0 14 2 2 0 1d 2 1 0 3f 2 4 0 8 26 1 0 14 2 2 0 66 26 1 0 7 2 3 0 1 2 \
            1 0 1d 3 1 0 3c 2 1 0 2 2 4 19e 2 26 1 0 c 2 1 1ae 4 2 3 3 1 0 a 3 2 0 55 2 1 0 2 2 4 1da 2 0 1 2 2 0 \
            b 1ea 4 2 2 0 36 3 f 0 1 3 1 0 3 372 2 0 1b 372 1 0 1 372 1 0 1 362 1 3 4 0 33 206 1 20a 1 2 1 212 1 2 \
            5 20a 4 2 1 0 1 20a 1 2 1 39a 2 26 1 3 1 39a 2 0 5 2 b 0 1 2 24 0 9 372 1 0 9 3 5 0 4 3 2 0 52 2 4 0 1 2 \
            5 1e 1 0 1 26 2 0 2 2 2 0 b 3 6 0 8 2 2 0 4 2 3 0 10 2 4 0 d 2 1 0 2 2 2 0 6 372 1 0 f 2 1 0 5d 3 1 0 \
            261 39a 3 3 9 0 97 3 1 0 26c 3 2 0 2c 3 2 0 4e 3 3 0 24 2 2 26 1 0 1d 2 2 26 1 3 2 0 1b 2 2 0 1e 2 2 0 \
            40 2 2 0 1 2 7 0 8 2 1 0 2 2 9 26 1 2 1 3 3 0 1 3 3 0 2 39a 1 0 22 3 b 2 3 1 1 0 9a 392 1 0 76 2 3 0 4 2 \
            2 0 9 2 1 0 6 37a 1 39a 1 372 1 0 8 3 2 0 d1 39a 1 372 1 0 2 2 1 0 2 3 2 0 36 2 1 0 1 2 7 0 1 26 1 0 1 2 \
            1 0 2 2 8 0 6 2 2 39a 8 0 2 372 1 0 20 3 7 0 1 3 6 0 2 39a 5 372 6 39a 2 372 1 0 42 2 4 0 30 1e 1 0 1 2 \
            5 0 1 2 1 0 5 2 1 0 1 24 1 0 15 3 7 0 a 39a 1 372 1 39a 7 0 c 2 2 0 20 2 4 0 2 2 2 24 1 26 1 2 2 0 38 1e \
            1 0 1 2 2 0 3 2 1 0 1 2 3 24 2 0 8 3 4 0 2c 2 8 0 2 2 1 1e 1 0 3 3 5 0 3e 3 2 0 40 3 8 0 8 39a 3 3 1 6 \
            1 372 5 39a 2 372 4 39a 1 0 1 6 7 0 4 372 1 0 6 39a 1 0 3 39a 2 0 c6 39a 2 372 1 39a 7 372 1 39a 2 3aa \
            1 35a 1 372 1 32a 1 39a 25 0 5 398 1 3a6 1 372 1 39a 1 372 1 0 20b 1 5 3 18 0 2 1 5 0 1 3 14 0 1 3 d 0 1 3 \
            c 0 1 1 5 0 1 1 a 0 d 3 2 0 e 3 2 0 41 39a 2 6 2 39a 4 6 3 39a 2 0 4 39a 1 0 3 6 2 39a 1 372 1 39a 1 6 \
            2 372 4 39a 1 0 217 3 4 0 1d 3 2 0 43d 3 e 0 4f 3 2 0 1f 3 a 0 193 3 16 0 3f 3 4 0 20 3 2 0 2f1 39a 3 0 \
            7 3 4 0 1 3 2 0 70 3 1 0 e 26 1 0 60 39a 20 3 2f 0 1 3 13 0 1be 3 3 0 4 3 a 0 2 3 c 0 a 36a 1 392 1 3a2 \
            1 37a 1 380 2 3 1 0 c 3 1 0 5b 22 2 0 5 3 1 0 5a 3 1 0 7402 3 2 0 10d 3 3 0 5f 39a 1 0 3 3 1 39a a 3 1 0 \
            1f 39a 2 0 50 39a 2 3 6 0 10a 2 1 0 3 26 1 0 4 2 1 0 19 2 2 0 4d 3 4 0 4c 26 1 0 9 3 2 0 10 39a 12 0 6 3 \
            3 0 1 3 1 0 29 2 5 372 3 3 2 0 17 2 b 0 1 24 1 0 b 3 1 0 20 2 3 0 30 1e 1 0 2 2 4 0 2 2 1 0 3 24 1 3 d 0 \
            10 3 2 0 5 2 1 0 43 2 6 0 2 2 2 0 2 2 2 0 c 2 1 0 8 2 1 0 f 3 4 0 1c 2 1 0 33 39a 1 0 1 39a 2 372 1 0 \
            2 39a 2 0 5 39a 2 0 1 39a 1 0 1c 3 2 0 c 2 2 0 2 3 2 0 4 26 1 0 ee 2 1 0 2 2 1 0 2 3 1 0 1 26 1 0 3412 1 \
            1900 0 21e 6a 1 0 21f 3 2 0 c0 2 10 3 a 0 6 39a 7 372 7 39a 2 3 23 0 1 3 e 0 1 3 1 0 4 3 1 0 1 3 2 0 93 1 \
            1 0 1 3 3 0 1 3 6 0 1 3 4 0 a 3 2 0 3 3 2 0 1a 3 3 0 1 3 1 0 1b 3 1 0 1 3 1 0 1 3 7 0 93 1 3 0 104 3 3 0 \
            fa 372 1 0 e2 372 1 0 95 39a 5 0 24 3 1 0 30 3 1 0 19e 3 1 0 2e7 3 1 0 c7 3 1 0 1f 3 1 0 c1 2 3 0 1 2 2 0 \
            5 2 1 372 1 2 1 39a 1 0 28 39a 1 6 1 372 1 0 4 26 1 0 10 3 9 0 26 3 1 0 65 39a 1 372 1 0 9 3 7 0 42 3 7 0 \
            59 3 4 0 464 2 1 0 36 2 e 26 1 3 7 0 31 26 1 2 2 0 31 2 4 0 2 26 1 1e 1 3 2 1 1 3 4 0 3e 39a 3 0 24 2 5 0 \
            1 2 6 26 2 0 b 3 4 0 2f 1e 1 3 2 0 a 2 2 0 34 2 9 0 1 24 1 0 4 3 5 1e 1 2 2 3 1 0 d 3 1 0 1 3 3 0 4f 2 3 0 \
            2 2 1 24 1 1e 1 2 1 3 6 0 6b 3 1 0 35 2 1 0 3 2 6 1e 1 26 1 0 15 2 2 0 3a 1e 1 0 3 2 1 0 c 24 1 0 18 39a \
            7 0 3 39a 5 0 cd 24 1 0 3 1c 1 0 6c 2 6 0 1 2 1 0 4 2 2 0 1 26 1 1e 1 0 2 3 1 0 eb 2 4 0 6 2 2 0 1 26 1 1e \
            1 3 17 0 4 2 2 0 55 2 8 0 2 2 1 0 1 26 1 2 1 3 3 0 67 2 1 0 1 2 1 0 2 2 6 24 1 1e 1 0 65 2 3 0 2 2 4 0 1 2 \
            4 26 1 0 10 3 3 0 500 24 1 0 830 3 5 0 45f9 3 2 0 80 6 5 3 1 0 3a 39a 7 3 5 0 8 3 1 0 44a 2 4 0 4d0a 2 1 6 \
            1 3 1 1 4 0 14c1 360 2 6 3 0 3 388 1 360 5 1 8 372 8 0 2 39a 5 372 2 0 1e 39a 4 0 94 39a 3 0 7bb 2 37 0 \
            4 2 32 0 8 2 1 0 e 2 1 0 2 3 5 0 f 2 5 0 1 2 f 0 550 398 7 0 1 398 11 0 2 398 7 0 1 398 2 0 1 398 5 0 \
            8a5 372 7 0 6d 398 6 1c 1 0 c16b6 1 1 0 1e 1 60 0 80 2 f0 0 fe10 1 fffe 0 2 1 fffe 0""";

    /** {@code code point << 10 | properties}. */
    private static final int[] RANGES = ranges();

    private static int[] ranges() {
        String[] numbers = CHANGES.split(" ");
        int[] ranges = new int[numbers.length / 2];
        int codePoint = 0;
        for (int i = 0; i < ranges.length; i++) {
            codePoint += Integer.parseInt(numbers[2 * i], 16);
            ranges[i] = codePoint << 10 | Integer.parseInt(numbers[2 * i + 1], 16);
        }
        return ranges;
    }
}
