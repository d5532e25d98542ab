package dev.lanewise.tools.cache;

import java.io.IOException;
import java.util.List;

/** Neither the catalogue nor the disk has a model of that name. */
public final class NoSuchModelException extends IOException {
    private static final long serialVersionUID = 1L;
    /** More changed letters than these make another word. */
    private static final int NEAR = 4;

    NoSuchModelException(String name, List<String> known) {
        super("there is no model '" + name + "', neither in the catalogue nor as a file" + guess(name, known)
                + "\nThe catalogue has: " + String.join(", ", known));
    }

    private static String guess(String name, List<String> known) {
        List<String> near = known.stream().filter(k -> k.contains(name) || distance(name, k) <= NEAR).toList();
        return near.isEmpty() ? "" : "; did you mean " + String.join(" or ", near) + "?";
    }

    /** Levenshtein's: how many letters have to be inserted, removed or changed. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1]; // distances of the letters of a so far to every beginning of b
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
