package dev.lanewise.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.bench.measure.Samples;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** What a run says: results on one stream, progress on another, raw samples in a tree that can be written as JSON. */
public final class Report {
    private final PrintStream out;
    private final PrintStream err;
    private final boolean terminal;
    private final ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private final ObjectNode root = mapper.createObjectNode();
    private boolean progressShown;

    /**
     * @param terminal whether somebody watches the second stream, so that a line of progress may overwrite itself
     */
    public Report(PrintStream out, PrintStream err, boolean terminal) {
        this.out = out;
        this.err = err;
        this.terminal = terminal;
    }

    /** What the run ran on. */
    public void facts(String scenario, Map<String, String> facts) {
        root.put("scenario", scenario);
        facts.forEach((key, value) -> {
            line("%-8s %s", key, value);
            root.put(key, value);
        });
        line("");
    }

    /** A line of results. */
    public void line(String format, Object... values) {
        clearProgress();
        out.println(String.format(Locale.ROOT, format, values).stripTrailing());
    }

    /** What somebody who waits, or misses something, should know. */
    public void note(String format, Object... values) {
        clearProgress();
        err.println("bench: " + String.format(Locale.ROOT, format, values));
    }

    /** What is going on and how far it is, 0 to 1; only where somebody watches. */
    public void progress(String what, double share) {
        if (terminal) {
            err.printf(Locale.ROOT, "\r\u001b[K%s: %.0f %%", what, 100 * share);
            err.flush();
            progressShown = true;
        }
    }

    private void clearProgress() {
        if (progressShown) {
            err.print("\r\u001b[K");
            err.flush();
            progressShown = false;
        }
    }

    /** A new case in the raw samples. */
    public ObjectNode addCase(String name) {
        return root.withArray("/cases").addObject().put("name", name);
    }

    /** Raw samples as an array of a case. */
    public static void put(ObjectNode node, String key, Samples samples) {
        ArrayNode array = node.putArray(key);
        for (double value : samples.values()) {
            array.add(value);
        }
    }

    /** A peer that takes no part, and why. */
    public void missing(String peer, String reason) {
        note("without %s: %s", peer, reason);
        line("missing  %s: %s", peer, reason);
        root.withObject("/missing").put(peer, reason);
    }

    /** The raw samples so far. */
    public ObjectNode json() {
        return root;
    }

    /** Writes the raw samples. */
    public void write(Path file) throws IOException {
        mapper.writeValue(file.toFile(), root);
    }

    /** A time with the unit that suits it. */
    public static String time(double seconds) {
        if (seconds < 1e-3) {
            return String.format(Locale.ROOT, "%.1f us", seconds * 1e6);
        }
        return seconds < 1
                ? String.format(Locale.ROOT, "%.2f ms", seconds * 1e3)
                : String.format(Locale.ROOT, "%.2f s", seconds);
    }
}
