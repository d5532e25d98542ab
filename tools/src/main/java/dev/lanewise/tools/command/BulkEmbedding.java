package dev.lanewise.tools.command;

import dev.lanewise.TextEmbedding;
import dev.lanewise.tools.command.ModelInput.Item;
import dev.lanewise.tools.command.ModelInput.Items;
import dev.lanewise.tools.console.Console;
import dev.lanewise.tools.console.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Embeds the lines of a file into another, in one pass and constant memory, and tells how far it is. */
final class BulkEmbedding {
    /** Short lines make full batches only if there are many of them. */
    private static final int BATCH = 256;
    /** Of characters, so that long lines do not add up. */
    private static final int BATCH_CHARACTERS = 1 << 20;

    private final Console console;
    private final VectorFile file;
    private final Work work;

    /** What makes vectors of texts. */
    @FunctionalInterface
    interface Work {
        List<TextEmbedding> embed(List<Item> texts) throws IOException;
    }

    BulkEmbedding(Console console, VectorFile file, Work work) {
        this.console = console;
        this.file = file;
        this.work = work;
    }

    /**
     * Does it all.
     *
     * @param bytes how large the file of texts is
     */
    void run(Items items, String name, long bytes) throws IOException {
        long before = file.rows();
        if (before > 0) {
            console.say("going on behind the first " + before + " texts, whose vectors are there");
        }
        long started = System.nanoTime();
        long read = 0;
        try (Progress progress = Progress.begin(console, "embedding " + name, bytes)) {
            for (long skipped = 0; skipped < before; skipped++) {
                Item item = items.next();
                read += item == null ? 0 : bytes(item.text());
            }
            for (List<Item> batch = next(items); !batch.isEmpty(); batch = next(items)) {
                List<TextEmbedding> vectors = work.embed(batch);
                for (int i = 0; i < vectors.size(); i++) {
                    file.append(batch.get(i).text(), vectors.get(i));
                    read += bytes(batch.get(i).text());
                }
                progress.at(read);
            }
            file.finish();
            progress.finish();
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        console.say(String.format(Locale.ROOT, "%,d texts, %,.0f a second", file.rows(),
                (file.rows() - before) / seconds));
    }

    private static List<Item> next(Items items) throws IOException {
        List<Item> batch = new ArrayList<>(BATCH);
        int characters = 0;
        while (batch.size() < BATCH && characters < BATCH_CHARACTERS) {
            Item item = items.next();
            if (item == null) {
                break;
            }
            batch.add(item);
            characters += item.text().length();
        }
        return batch;
    }

    /** How many bytes a line has in UTF-8. */
    private static long bytes(String line) {
        long bytes = 1;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }
}
