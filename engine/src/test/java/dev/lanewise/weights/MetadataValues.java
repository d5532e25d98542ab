package dev.lanewise.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** Compares metadata with the content of their arrays. */
final class MetadataValues {
    private MetadataValues() {}

    static void assertSame(Metadata expected, Metadata found) {
        assertEquals(expected.values().keySet(), found.values().keySet());
        expected.values().forEach((key, value) -> {
            // Wrapped, so that arrays of every type are compared by their elements.
            assertArrayEquals(new Object[]{value}, new Object[]{found.values().get(key)}, key);
        });
    }
}
