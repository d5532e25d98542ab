package dev.lanewise.tools.command;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** The cosine of every pair of vectors, with the texts as labels. */
final class SimilarityTable {
    /** A label longer than this is cut, so that a few columns fit beside it. */
    private static final int LABEL = 40;

    private SimilarityTable() {}

    /** Prints it: a line a text, a column a text, by number. */
    static void print(List<String> texts, List<float[]> vectors, PrintStream out) {
        int n = texts.size();
        int number = Integer.toString(n).length();
        List<String> labels = texts.stream().map(SimilarityTable::label).toList();
        int width = labels.stream().mapToInt(label -> label.codePointCount(0, label.length())).max().orElse(0);
        StringBuilder line = new StringBuilder(" ".repeat(number + 2 + width));
        for (int j = 1; j <= n; j++) {
            line.append(String.format(Locale.ROOT, "%9d", j));
        }
        out.println(line);
        for (int i = 0; i < n; i++) {
            String label = labels.get(i);
            line.setLength(0);
            line.append(String.format(Locale.ROOT, "%" + number + "d  ", i + 1)).append(label)
                    .repeat(' ', width - label.codePointCount(0, label.length()));
            for (int j = 0; j < n; j++) {
                line.append(String.format(Locale.ROOT, "%9.4f", cosine(vectors.get(i), vectors.get(j))));
            }
            out.println(line);
        }
    }

    static double cosine(float[] a, float[] b) {
        double dot = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            dot += (double) a[i] * b[i];
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return dot / Math.sqrt(aa * bb);
    }

    private static String label(String text) {
        int[] points = text.codePoints().map(c -> Character.isISOControl(c) ? ' ' : c).toArray();
        return points.length <= LABEL
                ? new String(points, 0, points.length)
                : new String(points, 0, LABEL - 3) + "...";
    }
}
