package dev.lanewise.tools.console;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * How far a long work is: a bar on a terminal; elsewhere, as in a log, one line at the start and one at the end.
 * Not thread-safe.
 */
public final class Progress implements AutoCloseable {
    private static final long MEGABYTE = 1_000_000;
    private static final int REPAINT_MILLIS = 100;
    /** Fits the narrowest terminal that is common; asking for the width would load a terminal library. */
    private static final int WIDTH = 79;

    private final Console console;
    private final String work;
    private final ProgressBar bar;
    private boolean done;

    private Progress(Console console, String work, ProgressBar bar) {
        this.console = console;
        this.work = work;
        this.bar = bar;
    }

    /**
     * Begins.
     *
     * @param work what is done, as "converting all-minilm-l6-v2"
     * @param bytes how many bytes it will be
     */
    public static Progress begin(Console console, String work, long bytes) {
        if (!console.isTerminal()) {
            console.say(work + " (" + megabytes(bytes) + ")...");
            return new Progress(console, work, null);
        }
        ProgressBar bar = new ProgressBarBuilder().setTaskName(work).setInitialMax(bytes).setUnit(" MB", MEGABYTE)
                .setStyle(ProgressBarStyle.ASCII).setUpdateIntervalMillis(REPAINT_MILLIS)
                .setConsumer(new ConsoleProgressBarConsumer(console.err(), WIDTH)).build();
        return new Progress(console, work, bar);
    }

    /** So many bytes of all are done. */
    public void at(long bytes) {
        if (bar != null) {
            bar.stepTo(Math.min(bytes, bar.getMax()));
        }
    }

    /** All is done; without this call before {@link #close}, it was not. */
    public void finish() {
        done = true;
        if (bar != null) {
            bar.stepTo(bar.getMax());
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        } else if (done) {
            console.say(work + ": done");
        }
    }

    /** A size for people. */
    public static String megabytes(long bytes) {
        return bytes < MEGABYTE
                ? (bytes + 999) / 1000 + " kB"
                : (bytes + MEGABYTE / 2) / MEGABYTE + " MB";
    }
}
