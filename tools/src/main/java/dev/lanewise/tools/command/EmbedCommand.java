package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.Embedder;
import dev.lanewise.EmbedderOptions;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.Pooling;
import dev.lanewise.TextEmbedding;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.command.ModelInput.Item;
import dev.lanewise.tools.command.ModelInput.Items;
import dev.lanewise.tools.console.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Texts to vectors. */
@Command(name = "embed", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "Turn texts into vectors; print their similarities", description = "Turns texts into vectors. Prints the vector of one text, the similarities of several, or with --json "
        + "every vector.")
final class EmbedCommand extends BaseCommand {
    /** Enough to keep every thread busy, few enough that results appear as they are made. */
    private static final int BATCH = 32;
    /** A larger table is of no use to a person. */
    private static final int LARGEST_TABLE = 1000;

    @Mixin
    private ModelInput input;

    @Option(names = "--truncate", description = "cut a text that is too long, instead of failing")
    private boolean truncate;

    @Option(names = "--pooling", paramLabel = "KIND", description = "which tokens make the vector: mean, cls, last, max or weighted_mean (default: as the model says)")
    private Pooling pooling;

    @Option(names = "--no-normalize", description = "do not divide the vector by its length")
    private boolean noNormalize;

    @Option(names = "--prompt", paramLabel = "NAME", description = "what the model puts before a text of this kind, such as query; inspect shows the names (default: as the model says)")
    private String prompt;

    @Option(names = "--no-prompt", description = "put nothing before a text, whatever the model says")
    private boolean noPrompt;

    @Option(names = "--dimensions", paramLabel = "N", description = "keep the first N elements of a vector; for models that were trained for it")
    private Integer dimensions;

    @Option(names = "--output", paramLabel = "FILE", description = "with --file: write the vectors into a matrix of NumPy (.npy) or a line of JSON each (.jsonl); goes on where a run was killed")
    private Path output;

    EmbedCommand(Console console) {
        super(console);
    }

    /** What the parser makes of a model, one text, and nothing that could be wrong. */
    EmbedCommand(Console console, String model, String text, boolean json, int threads) {
        super(console, json, threads);
        input = new ModelInput(model, List.of(text));
    }

    @Override
    void run() throws IOException {
        input.check();
        if (noPrompt && prompt != null) {
            throw wrongUsage("give --prompt or --no-prompt, not both");
        }
        if (dimensions != null && dimensions < 1) {
            throw wrongUsage("--dimensions must be at least 1, and is " + dimensions);
        }
        if (output != null && (input.file() == null || json)) {
            throw wrongUsage(json ? "--output has a format of its own, without --json" : "--output is for --file");
        }
        if (output != null && !VectorFile.isFormat(output)) {
            throw wrongUsage("--output must end with .npy or .jsonl, and is " + output);
        }
        ModelOptions options = ModelOptions.defaults().withThreads(threads());
        try (Model opened = new ModelCache(console).open(input.model(), ModelCache.AS_STORED,
                file -> Model.open(file, options));
                Items items = input.open(console)) {
            Embedder embedder = embedder(opened);
            if (output != null) {
                writeFile(opened, embedder, items);
            } else if (json) {
                JsonOutput.elements(console, items, BATCH, batch -> embed(embedder, batch), EmbedCommand::write);
            } else if (input.isSingle()) {
                printVector(embed(embedder, List.of(items.next())).getFirst().vector(), console.out());
            } else {
                printTable(embedder, items);
            }
        }
    }

    private void writeFile(Model opened, Embedder embedder, Items items) throws IOException {
        boolean standard = input.file().equals("-");
        long bytes = standard ? 0 : Files.size(Path.of(input.file()));
        // What is read from a pipe might be anything the next time.
        String key = standard
                ? null
                : String.join("\n", "model " + stamp(Path.of(opened.file())), "texts " + stamp(Path.of(input.file())),
                        "pooling " + pooling, "normalized " + !noNormalize,
                        "prompt " + prompt + " " + noPrompt, "dimensions " + dimensions);
        try (VectorFile file = VectorFile.open(output, embedder.width(), key)) {
            new BulkEmbedding(console, file, batch -> embed(embedder, batch))
                    .run(items, standard ? "the standard input" : input.file(), bytes);
        }
    }

    private static String stamp(Path file) throws IOException {
        return file.toAbsolutePath().normalize() + " " + Files.size(file) + " " + Files.getLastModifiedTime(file);
    }

    private Embedder embedder(Model opened) {
        EmbedderOptions options = EmbedderOptions.defaults().withTruncate(truncate)
                .withDimensions(dimensions == null ? 0 : dimensions).withPrompt(noPrompt ? "" : prompt);
        if (noNormalize) {
            options = options.withNormalize(false);
        }
        if (pooling != null) {
            return opened.embedder(options.withPooling(pooling));
        }
        if (opened.pooling() == null) {
            console.say("the model does not say how to pool its tokens: taking the mean (choose with --pooling)");
            return opened.embedder(options.withPooling(Pooling.MEAN));
        }
        return opened.embedder(options);
    }

    private void printTable(Embedder embedder, Items items) throws IOException {
        List<Item> all = new ArrayList<>();
        for (Item item = items.next(); item != null; item = items.next()) {
            all.add(item);
            if (all.size() > LARGEST_TABLE) {
                throw wrongUsage(
                        "more than " + LARGEST_TABLE + " texts make no table; ask for the vectors with --json");
            }
        }
        if (all.isEmpty()) {
            throw wrongUsage("no text: the input is empty");
        }
        List<float[]> vectors = new ArrayList<>();
        for (int from = 0; from < all.size(); from += BATCH) {
            List<Item> batch = all.subList(from, Math.min(from + BATCH, all.size()));
            embed(embedder, batch).forEach(embedding -> vectors.add(embedding.vector()));
        }
        if (vectors.size() == 1) {
            printVector(vectors.getFirst(), console.out());
        } else {
            SimilarityTable.print(all.stream().map(Item::label).toList(), vectors, console.out());
        }
    }

    private static void write(JsonGenerator out, Item item, TextEmbedding embedding) throws IOException {
        out.writeStartObject();
        if (item.text() != null) {
            out.writeStringField("text", item.text());
        } else {
            JsonOutput.array(out, "ids", item.ids());
        }
        out.writeNumberField("tokens", embedding.tokens());
        out.writeBooleanField("truncated", embedding.truncated());
        JsonOutput.array(out, "vector", embedding.vector());
        out.writeEndObject();
    }

    private List<TextEmbedding> embed(Embedder embedder, List<Item> batch) throws IOException {
        List<TextEmbedding> embeddings = batch.getFirst().text() == null
                ? batch.stream().map(item -> new TextEmbedding(embedder.embed(item.ids()), item.ids().length, false))
                        .toList()
                : embedTexts(embedder, batch);
        for (int i = 0; i < batch.size(); i++) {
            if (embeddings.get(i).truncated()) {
                console.say(batch.get(i).where() + " has " + embeddings.get(i).tokens()
                        + " tokens and was cut to what the model takes");
            }
        }
        return embeddings;
    }

    private List<TextEmbedding> embedTexts(Embedder embedder, List<Item> batch) throws IOException {
        try {
            return embedder.embedTexts(batch.stream().map(Item::text).toList());
        } catch (TextTooLongException | IllegalArgumentException e) {
            throw new IOException((input.isSingle() ? "" : refused(embedder, batch) + ": ") + e.getMessage()
                    + (e instanceof TextTooLongException ? " (--truncate)" : ""), e);
        }
    }

    /** Which of them it is, the one that is too long or has no tokens; the exception does not know. */
    private static String refused(Embedder embedder, List<Item> batch) {
        for (Item item : batch) {
            try {
                embedder.embed(item.text());
            } catch (TextTooLongException | IllegalArgumentException e) {
                return item.where();
            }
        }
        throw new IllegalStateException("refused together, but not alone");
    }

    private static void printVector(float[] vector, PrintStream out) {
        for (int i = 0; i < vector.length; i++) {
            out.print(i == 0 ? "" : " ");
            out.print(vector[i]);
        }
        out.println();
    }
}
