package dev.lanewise.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PieceTrieTest {
    /** As a map, for texts over a small alphabet, which share beginnings, and over all of UTF-16. */
    @Test
    void findsWhatWasAdded_andNothingElse() {
        SplittableRandom random = new SplittableRandom(20260110);
        PieceTrie trie = new PieceTrie(0);
        Map<String, Integer> map = new HashMap<>();
        for (int id = 0; id < 50_000; id++) {
            String text = text(random);
            Integer before = map.putIfAbsent(text, id);
            assertEquals(before == null ? PieceTrie.NONE : before, trie.add(text, id));
        }
        for (int i = 0; i < 100_000; i++) {
            String text = text(random);
            assertEquals(map.getOrDefault(text, PieceTrie.NONE), trie.find(text));
        }
    }

    private static String text(SplittableRandom random) {
        int alphabet = random.nextBoolean() ? 4 : 0x10000;
        StringBuilder text = new StringBuilder();
        for (int n = random.nextInt(1, 9); n > 0; n--) {
            text.append((char) random.nextInt(alphabet));
        }
        return text.toString();
    }
}
