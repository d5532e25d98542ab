package dev.lanewise.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopTextTest {

    @Test
    void whatMayBeTheBeginning_isHeldBack() {
        StopText stops = new StopText(List.of("STOP", "\n\n"));
        assertFalse(stops.add("one S"));
        assertEquals("one ", stops.take());
        assertFalse(stops.add("TO"));
        assertEquals("", stops.take());
        assertFalse(stops.add("RY\n"));
        assertEquals("STORY", stops.take());
        assertTrue(stops.add("\nmore"));
        assertEquals("", stops.take());
        assertEquals("\n\n", stops.found());
        assertEquals("", stops.takeRest());
    }

    @Test
    void whatIsLeft_isTakenAtTheEnd() {
        StopText stops = new StopText(List.of("STOP"));
        assertFalse(stops.add("ST"));
        assertEquals("", stops.take());
        assertEquals("ST", stops.takeRest());
        assertNull(stops.found());
    }

    @Test
    void theFirstOfSeveral_endsTheText() {
        StopText stops = new StopText(List.of("cd", "b"));
        assertTrue(stops.add("abcd"));
        assertEquals("a", stops.take());
        assertEquals("b", stops.found());
    }

    /** However a text is cut into pieces, what is shown is the text before the stop string that is complete first, and never more. */
    @Test
    void piecesDoNotMatter() {
        Random random = new Random(1);
        for (int round = 0; round < 3000; round++) {
            List<String> stops = List.of(letters(random, 1 + random.nextInt(4)),
                    letters(random, 1 + random.nextInt(4)));
            String text = letters(random, 30);
            int end = text.length();
            for (int to = text.length(); to > 0; to--) {
                String start = text.substring(0, to);
                end = stops.stream().filter(start::endsWith).mapToInt(String::length).max().stream()
                        .map(longest -> start.length() - longest).findFirst().orElse(end);
            }
            StopText finder = new StopText(stops);
            StringBuilder shown = new StringBuilder();
            boolean found = false;
            for (int at = 0; at < text.length() && !found;) {
                int to = Math.min(text.length(), at + 1 + random.nextInt(5));
                found = finder.add(text.substring(at, to));
                shown.append(finder.take());
                assertTrue(text.substring(0, end).startsWith(shown.toString()), () -> text + " " + stops);
                at = to;
            }
            shown.append(finder.takeRest());
            assertEquals(text.substring(0, end), shown.toString(), () -> text + " " + stops);
        }
    }

    private static String letters(Random random, int length) {
        return random.ints(length, 'a', 'c' + 1).collect(StringBuilder::new, StringBuilder::appendCodePoint,
                StringBuilder::append).toString();
    }
}
