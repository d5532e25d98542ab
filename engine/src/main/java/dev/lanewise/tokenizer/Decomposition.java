package dev.lanewise.tokenizer;

import java.text.Normalizer;

/**
 * Full canonical decompositions of single characters (Unicode, section 3.7), Hangul syllables aside, which are arithmetic.
 *
 * <p>They are the JDK's, taken once, because {@link Normalizer} allocates with every call; limited to the blocks that had any
 * in Unicode 9, the version of the reference. A decomposition never changes once it is assigned, and no later version has
 * added any within these blocks.
 */
final class Decomposition {
    /** First and last code points of blocks that hold decompositions. */
    private static final int[][] BLOCKS = {{0xC0, 0x30FF}, {0xF900, 0xFB4F}, {0x1109A, 0x110AB}, {0x1112E, 0x1112F},
            {0x1134B, 0x1134C}, {0x114BB, 0x114BE}, {0x115BA, 0x115BB}, {0x1D15E, 0x1D1C0}, {0x2F800, 0x2FA1D}};
    /** [block][code point - first of the block], the parts, or null. */
    private static final int[][][] PARTS = parts(BLOCKS, Normalizer.Form.NFD);

    /** The same, where characters are decomposed that only look or mean the same (compatibility decompositions). */
    private static final class Compatible {
        static final int[][] BLOCKS = {{0xA0, 0x32FE}, {0x3300, 0x33FF}, {0xA69C, 0xA69D}, {0xA770, 0xA770},
                {0xA7F8, 0xA7F9},
                {0xAB5C, 0xAB5F}, {0xF900, 0xFFEE}, {0x1109A, 0x110AB}, {0x1112E, 0x1112F}, {0x1134B, 0x1134C},
                {0x114BB, 0x114BE}, {0x115BA, 0x115BB}, {0x1D15E, 0x1D1C0}, {0x1D400, 0x1D7FF}, {0x1EE00, 0x1EEBB},
                {0x1F100, 0x1F16B}, {0x1F190, 0x1F251}, {0x2F800, 0x2FA1D}};
        static final int[][][] PARTS = parts(BLOCKS, Normalizer.Form.NFKD);
    }

    private Decomposition() {}

    /** What a character decomposes into, or null for itself; not to be changed. */
    static int[] of(int codePoint) {
        return of(codePoint, BLOCKS, PARTS);
    }

    /** What a character decomposes into where characters are alike that look or mean the same; null for itself. */
    static int[] compatible(int codePoint) {
        return of(codePoint, Compatible.BLOCKS, Compatible.PARTS);
    }

    /** All characters that may decompose. */
    static int[][] blocks() {
        return BLOCKS;
    }

    private static int[] of(int codePoint, int[][] blocks, int[][][] parts) {
        for (int block = 0; block < blocks.length; block++) {
            if (codePoint <= blocks[block][1]) {
                return codePoint < blocks[block][0] ? null : parts[block][codePoint - blocks[block][0]];
            }
        }
        return null;
    }

    private static int[][][] parts(int[][] blocks, Normalizer.Form form) {
        int[][][] parts = new int[blocks.length][][];
        for (int block = 0; block < blocks.length; block++) {
            parts[block] = parts(blocks[block][0], blocks[block][1], form);
        }
        return parts;
    }

    private static int[][] parts(int first, int last, Normalizer.Form form) {
        StringBuilder all = new StringBuilder();
        for (int codePoint = first; codePoint <= last; codePoint++) {
            all.appendCodePoint(codePoint).append('\n');
        }
        int[][] parts = Normalizer.normalize(all, form).lines().map(line -> line.codePoints().toArray())
                .toArray(int[][]::new);
        for (int i = 0; i < parts.length; i++) {
            if (parts[i].length == 1 && parts[i][0] == first + i) {
                parts[i] = null;
            }
        }
        return parts;
    }
}
