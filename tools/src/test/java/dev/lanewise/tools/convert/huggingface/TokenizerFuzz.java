package dev.lanewise.tools.convert.huggingface;

import java.util.List;
import java.util.SplittableRandom;

/** Texts that are hard on a tokenizer, the same for the same seed. No half surrogate pairs: the reference cannot take them. */
final class TokenizerFuzz {
    private static final List<String> WORDS = List.of("the", "Transformer", "unbelievable", "EMBEDDINGS", "don't",
            "U.S.A.",
            "3.14159", "e-mail@example.com", "naïve", "Ångström", "İstanbul", "IŞIK", "straße", "ΣΊΣΥΦΟΣ", "σοφός",
            "Йогурт", "Việt", "ñandú", "ǆ", "ﬁne", "Ⅷ", "①", "ℌ", "Å", "ｆｕｌｌ", "안녕하세요", "東京タワー", "プログラム", "ガギグ", "我爱你",
            "豈",
            "नमस्ते", "क़", "สวัสดี", "مرحبا", "שָׁלוֹם", "ཀྵ", "ꦲꦏ꧀", "𝕳𝖊𝖑𝖑𝖔", "𐐀𐐨", "👨\u200D👩\u200D👧",
            "👍🏽", "❤\uFE0F", "🇩🇪", "##ing",
            "##", "#", "'", "''", "_", "a_b", "\\n", "</s>", "<pad>", "x\u0000y", "\uFFFD", "\uFEFF", "\u00AD",
            "\u200B",
            "\u0344", "\u0F73", "\u0F75", "\u0F81", "\u1E9B\u0323", "\u1100\u1161\u11A8", "\uD834\uDD5E",
            "\uD834\uDDBB");
    private static final List<String> SPECIAL = List.of("[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]", "[sep]",
            "[ SEP ]",
            "[[SEP]]", "[SEP", "SEP]", "[SEP][SEP]", "[unused1]", "[MA", "[");
    private static final String SPACES = " \t\n\r\u000B\f\u001C\u001D\u001E\u001F\u0085\u00A0\u1680\u180E\u2000\u2003"
            + "\u2007\u200A\u200B\u2028\u2029\u202F\u205F\u2060\u3000\uFEFF";
    /** First and last code points of blocks where something happens. */
    private static final int[][] BLOCKS = {{0x20, 0x7E}, {0, 0x1F}, {0x7F, 0xFF}, {0x100, 0x24F}, {0x300, 0x36F},
            {0x370, 0x3FF}, {0x400, 0x4FF}, {0x590, 0x6FF}, {0x8D0, 0x8FF}, {0x900, 0x9FF}, {0xE00, 0xFFF},
            {0x1AB0, 0x1AFF}, {0x1DC0, 0x1EFF}, {0x1F00, 0x206F}, {0x20D0, 0x2150}, {0x2190, 0x22FF},
            {0x2E00, 0x2E7F}, {0x3000, 0x30FF}, {0x302A, 0x302F}, {0x4E00, 0x4E40}, {0x9FC0, 0x9FFF}, {0xA8E0, 0xA8FF},
            {0xAC00, 0xAC40}, {0xD780, 0xD7FF}, {0xE000, 0xE010}, {0xF900, 0xFB4F}, {0xFE00, 0xFE2F}, {0xFFF0, 0xFFFF},
            {0x11080, 0x111FF}, {0x11340, 0x11480}, {0x1D150, 0x1D1F0}, {0x1E000, 0x1E030}, {0x1E8D0, 0x1E95F},
            {0x1F300, 0x1F6FF}, {0x2A6D0, 0x2A710}, {0x2B730, 0x2B930}, {0x2CEA0, 0x2CEB5}, {0x2F800, 0x2FA20},
            {0xE0000, 0xE0080}, {0x10FFF0, 0x10FFFF}};
    /** Marks of every kind, with many combining classes, some of which stay when accents are stripped. */
    private static final int[] MARKS = {0x301, 0x300, 0x308, 0x323, 0x327, 0x328, 0x345, 0x334, 0x31B, 0x302E, 0x302F,
            0x302A, 0x5B0, 0x5C1, 0x64B, 0x651, 0x8D4, 0x8E3, 0x93C, 0x94D, 0xE38, 0xF71, 0xF72, 0xF73, 0xF81, 0x344,
            0x1DFB, 0x1D165, 0x1D16D, 0x1D16E, 0x1D17B, 0x1E000, 0x1E944, 0x1E94A, 0x11442, 0x11446, 0xA9C0, 0x1B44,
            0x20DD, 0x1ABF, 0x16FF0};

    private final SplittableRandom random;
    private final List<String> added;

    TokenizerFuzz(long seed, List<String> added) {
        random = new SplittableRandom(seed);
        this.added = added;
    }

    String text() {
        StringBuilder out = new StringBuilder();
        int kind = random.nextInt(100);
        if (kind < 2) {
            word(out, 90 + random.nextInt(30));
        } else if (kind == 2) {
            word(out, 1000);
        }
        for (int parts = random.nextInt(1, 25); parts > 0; parts--) {
            part(out);
        }
        return out.toString();
    }

    private void part(StringBuilder out) {
        switch (random.nextInt(14)) {
            case 0, 1, 2 -> out.append(pick(WORDS));
            case 3, 4, 5 -> space(out);
            case 6 -> out.append(random.nextInt(3) == 0 || added.isEmpty() ? pick(SPECIAL) : pick(added));
            case 7 -> word(out, random.nextInt(1, 15));
            case 8 -> marks(out.append(pick(WORDS)));
            case 9 -> marks(out.append((char) random.nextInt('A', 'z' + 1)));
            case 10, 11 -> {
                int[] block = BLOCKS[random.nextInt(BLOCKS.length)];
                for (int n = random.nextInt(1, 5); n > 0; n--) {
                    out.appendCodePoint(random.nextInt(block[0], block[1] + 1));
                }
            }
            case 12 -> out.appendCodePoint(scalar());
            default -> out.append((char) random.nextInt(0x20, 0x7F));
        }
    }

    private void space(StringBuilder out) {
        out.append(random.nextInt(3) > 0 ? ' ' : SPACES.charAt(random.nextInt(SPACES.length())));
    }

    private void marks(StringBuilder out) {
        for (int n = random.nextInt(1, 6); n > 0; n--) {
            out.appendCodePoint(MARKS[random.nextInt(MARKS.length)]);
        }
    }

    private void word(StringBuilder out, int length) {
        int alphabet = random.nextInt(3);
        for (int i = 0; i < length; i++) {
            switch (alphabet) {
                case 0 -> out.append((char) random.nextInt('a', 'z' + 1));
                case 1 -> out.append((char) random.nextInt(0x410, 0x450));
                default -> out.appendCodePoint(random.nextInt(0x1D400, 0x1D454));
            }
        }
    }

    private int scalar() {
        int c = random.nextInt(0x110000 - 0x800);
        return c < 0xD800 ? c : c + 0x800;
    }

    private String pick(List<String> from) {
        return from.get(random.nextInt(from.size()));
    }
}
