package dev.lanewise.bench.scenario;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.bench.peer.EmbedTask;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchesTest {

    @Test
    void ways_ofOneLength_isOne() {
        assertEquals(Set.of("all padded to the longest"), Batches.ways(new int[][]{{1, 2}, {3, 4}}).keySet());
    }

    @Test
    void ways_ofManyLengths_haveEveryTextOnce() {
        int[][] texts = IntStream.of(Texts.raggedLengths(20, 4, 40)).mapToObj(int[]::new).toArray(int[][]::new);
        Map<String, List<int[]>> ways = Batches.ways(texts);
        assertEquals(5, ways.size());
        for (List<int[]> batches : ways.values()) {
            assertArrayEquals(IntStream.range(0, 20).toArray(),
                    batches.stream().flatMapToInt(Arrays::stream).sorted().toArray());
        }
    }

    @Test
    void ids_andMask_arePaddedToTheLongestOfTheBatch() {
        EmbedTask task = new EmbedTask(Path.of("x"), new int[][]{{1, 2, 3}, {4}, {5, 6}}, List.of());
        int[] batch = {1, 2};
        assertEquals(2, task.length(batch));
        assertArrayEquals(new long[]{4, 0, 5, 6}, task.ids(batch));
        assertArrayEquals(new long[]{1, 0, 1, 1}, task.mask(batch));
    }

    @Test
    void raggedLengths_reachBothEnds() {
        int[] lengths = Texts.raggedLengths(64, 4, 256);
        assertEquals(4, Arrays.stream(lengths).min().orElseThrow());
        assertEquals(256, Arrays.stream(lengths).max().orElseThrow());
        assertEquals(64, Arrays.stream(lengths).distinct().count());
    }
}
