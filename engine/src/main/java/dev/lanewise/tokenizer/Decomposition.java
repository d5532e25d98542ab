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
    private static final int[][][] PARTS = new int[BLOCKS.length][][];

    static {
        for (int block = 0; block < BLOCKS.length; block++) {
            PARTS[block] = parts(BLOCKS[block][0], BLOCKS[block][1]);
        }
    }

    private Decomposition() {}

    /** What a character decomposes into, or null for itself; not to be changed. */
    static int[] of(int codePoint) {
        for (int block = 0; block < BLOCKS.length; block++) {
            if (codePoint <= BLOCKS[block][1]) {
                return codePoint < BLOCKS[block][0] ? null : PARTS[block][codePoint - BLOCKS[block][0]];
            }
        }
        return null;
    }

    private static int[][] parts(int first, int last) {
        StringBuilder all = new StringBuilder();
        for (int codePoint = first; codePoint <= last; codePoint++) {
            all.appendCodePoint(codePoint).append('\n');
        }
        int[][] parts = Normalizer.normalize(all, Normalizer.Form.NFD).lines().map(line -> line.codePoints().toArray())
                .toArray(int[][]::new);
        for (int i = 0; i < parts.length; i++) {
            if (parts[i].length == 1 && parts[i][0] == first + i) {
                parts[i] = null;
            }
        }
        return parts;
    }
}
