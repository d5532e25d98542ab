package dev.lanewise.bench.scenario;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** How texts of different lengths can be put together for an engine that pads. */
final class Batches {
    private static final int[] BUCKETS = {4, 8, 16};

    private Batches() {}

    /** Ways to do it, by a name for people; a single text, or texts of one length, have one way only. */
    static Map<String, List<int[]>> ways(int[][] texts) {
        Map<String, List<int[]>> ways = new LinkedHashMap<>();
        ways.put("all padded to the longest", List.of(IntStream.range(0, texts.length).toArray()));
        if (IntStream.range(0, texts.length).allMatch(i -> texts[i].length == texts[0].length)) {
            return ways;
        }
        for (int size : BUCKETS) {
            if (size < texts.length) {
                ways.put("sorted by length, " + size + " at a time", buckets(texts, size));
            }
        }
        ways.put("one by one", buckets(texts, 1));
        return ways;
    }

    private static List<int[]> buckets(int[][] texts, int size) {
        int[] order = IntStream.range(0, texts.length).boxed()
                .sorted(Comparator.comparingInt(text -> texts[text].length)).mapToInt(Integer::intValue).toArray();
        List<int[]> batches = new ArrayList<>();
        for (int from = 0; from < order.length; from += size) {
            batches.add(IntStream.range(from, Math.min(from + size, order.length)).map(i -> order[i]).toArray());
        }
        return batches;
    }
}
