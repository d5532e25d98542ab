package dev.lanewise.tools.convert.sentencepiece;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.text.Normalizer.Form;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Writes rules as a {@code precompiled_charsmap}: a double array in the layout of Darts-clone, then the texts. */
public final class SampleCharsmap {
    private static final int HAS_LEAF = 1 << 8;

    private int[] units = new int[1 << 12];
    private final BitSet taken = new BitSet();
    private final BitSet bases = new BitSet();
    private int firstFree = 1;

    private static final class Node {
        final SortedMap<Integer, Node> children = new TreeMap<>();
        int value = -1;
    }

    private SampleCharsmap() {}

    /** The map of rules, none of them with U+0000. */
    public static byte[] of(Map<String, String> rules) {
        ByteArrayOutputStream texts = new ByteArrayOutputStream();
        Map<String, Integer> places = new HashMap<>();
        Node root = new Node();
        rules.forEach((from, to) -> {
            Node node = root;
            for (byte b : from.getBytes(StandardCharsets.UTF_8)) {
                node = node.children.computeIfAbsent(b & 0xFF, _ -> new Node());
            }
            node.value = places.computeIfAbsent(to, _ -> {
                int place = texts.size();
                texts.writeBytes(to.getBytes(StandardCharsets.UTF_8));
                texts.write(0);
                return place;
            });
        });
        SampleCharsmap map = new SampleCharsmap();
        map.taken.set(0);
        map.place(root, 0, 0);
        int size = (map.taken.length() + 255) / 256 * 256;
        ByteBuffer out = ByteBuffer.allocate(4 + 4 * size + texts.size()).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(4 * size);
        for (int i = 0; i < size; i++) {
            out.putInt(i < map.units.length ? map.units[i] : 0);
        }
        return out.put(texts.toByteArray()).array();
    }

    /** Rules like those of published models: compatible forms of characters below a limit, of pairs too, spaces, controls. */
    public static Map<String, String> rules(int limit) {
        Map<String, String> rules = new TreeMap<>();
        for (int c = 1; c < limit; c++) {
            String text = Character.toString(c);
            String form = Character.isDefined(c) && Character.getType(c) != Character.SURROGATE
                    ? Normalizer.normalize(text, Form.NFKC)
                    : text;
            if (!form.equals(text)) {
                rules.put(text, form);
            }
            String parts = Character.getType(c) == Character.SURROGATE
                    ? text
                    : Normalizer.normalize(text, Form.NFD);
            if (parts.codePointCount(0, parts.length()) == 2 && c < 0x2000) {
                rules.put(parts, text);
            }
        }
        for (int c = 1; c < 0x20; c++) {
            rules.put("" + (char) c, c == '\t' || c == '\n' || c == '\r' ? " " : "");
        }
        rules.put("\u200B", " ");
        rules.put("\uFEFF", "");
        rules.put("\uFFFD", " ");
        rules.put("\uD835\uDD73", "H");
        rules.put("\uD83D\uDC4D\uD83C\uDFFD", "up");
        return rules;
    }

    private void place(Node node, int at, int label) {
        int base = 0;
        if (!node.children.isEmpty() || node.value >= 0) {
            base = base(node);
            bases.set(base);
            for (int child : node.children.keySet()) {
                taken.set(base ^ child);
            }
            if (node.value >= 0) {
                taken.set(base);
                set(base, 1 << 31 | node.value);
            }
        }
        // The root has label 0; all offsets here are small enough for the plain form.
        set(at, (at ^ base) << 10 | (node.value >= 0 ? HAS_LEAF : 0) | label);
        for (Map.Entry<Integer, Node> child : node.children.entrySet()) {
            place(child.getValue(), base ^ child.getKey(), child.getKey());
        }
    }

    private int base(Node node) {
        firstFree = taken.nextClearBit(firstFree);
        for (int base = Math.max(1, firstFree - 256);; base++) {
            boolean free = !bases.get(base) && (node.value < 0 || !taken.get(base));
            for (int child : node.children.keySet()) {
                free &= !taken.get(base ^ child);
            }
            if (free) {
                return base;
            }
        }
    }

    private void set(int at, int unit) {
        if (at >= units.length) {
            units = Arrays.copyOf(units, Math.max(at + 1, units.length * 2));
        }
        units[at] = unit;
    }
}
