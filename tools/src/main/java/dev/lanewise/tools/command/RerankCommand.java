package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.RankedText;
import dev.lanewise.Reranker;
import dev.lanewise.Truncation;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.command.ModelInput.Item;
import dev.lanewise.tools.command.ModelInput.Items;
import dev.lanewise.tools.console.Console;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Texts in the order in which they answer a query. */
@Command(name = "rerank", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "Sort texts by how well they answer a query", description = {
        "The first TEXT is the query, all others are texts that may answer it; with --file they are its lines. Prints them, the best first, each with its probability.",
        "With --ids, each list is a pair of query and text as the model wants it, and all are sorted."})
final class RerankCommand extends BaseCommand {
    /** Texts are kept until all are sorted, so there is an end to them. */
    private static final int MOST = 1_000_000;

    @Mixin
    private ModelInput input;

    @Option(names = "--truncate", description = "cut a text that is too long with the query, instead of failing")
    private boolean truncate;

    @Option(names = "--top", paramLabel = "N", description = "print no more than the best N")
    private int top = Integer.MAX_VALUE;

    RerankCommand(Console console) {
        super(console);
    }

    @Override
    void run() throws IOException {
        String query = input.checkWithQuery();
        if (top < 1) {
            throw wrongUsage("--top must be at least 1, and is " + top);
        }
        ModelOptions options = ModelOptions.defaults().withThreads(threads());
        try (Model opened = new ModelCache(console).open(input.model(), ModelCache.AS_STORED,
                file -> Model.open(file, options))) {
            Reranker reranker = opened.reranker(truncate ? Truncation.SECOND : Truncation.REFUSE);
            List<Item> items = read();
            List<RankedText> ranked = input.hasIds() ? ofIds(reranker, items) : ofTexts(reranker, query, items);
            ranked = ranked.subList(0, Math.min(top, ranked.size()));
            if (json) {
                printJson(ranked, items);
            } else {
                ranked.forEach(text -> console.out().printf(Locale.ROOT, "%8.4f  %s%n", text.probability(),
                        items.get(text.index()).label()));
            }
        }
    }

    private List<Item> read() throws IOException {
        List<Item> all = new ArrayList<>();
        try (Items items = input.open(console)) {
            for (Item item = items.next(); item != null; item = items.next()) {
                all.add(item);
                if (all.size() > MOST) {
                    throw new IOException("more than " + MOST + " texts: rerank the best of a search, not all of it");
                }
            }
        }
        return all;
    }

    private static List<RankedText> ofIds(Reranker reranker, List<Item> items) {
        List<RankedText> ranked = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            int[] ids = items.get(i).ids();
            ranked.add(RankedText.of(i, items.get(i).label(), reranker.score(ids, null), ids.length, false));
        }
        ranked.sort(RankedText.BEST_FIRST);
        return ranked;
    }

    private List<RankedText> ofTexts(Reranker reranker, String query, List<Item> items) throws IOException {
        List<RankedText> ranked;
        try {
            ranked = reranker.rerank(query, items.stream().map(Item::text).toList());
        } catch (TextTooLongException e) {
            throw new IOException(tooLong(reranker, query, items) + " with the query: " + e.getMessage()
                    + (truncate ? " (the query alone leaves no room)" : " (--truncate)"), e);
        }
        for (RankedText text : ranked) {
            if (text.truncated()) {
                console.say(items.get(text.index()).where() + " has " + text.tokens()
                        + " tokens with the query and was cut to what the model takes");
            }
        }
        return ranked;
    }

    /** Which of them it is; the exception does not know. */
    private static String tooLong(Reranker reranker, String query, List<Item> items) {
        for (Item item : items) {
            try {
                reranker.score(query, item.text());
            } catch (TextTooLongException e) {
                return item.where();
            }
        }
        throw new IllegalStateException("too long together, but not alone");
    }

    private void printJson(List<RankedText> ranked, List<Item> items) throws IOException {
        try (JsonGenerator out = JsonOutput.on(console)) {
            out.setRootValueSeparator(null); // the elements are values of their own for the generator
            String separator = "[\n";
            for (RankedText text : ranked) {
                out.writeRaw(separator);
                write(out, text, items.get(text.index()));
                separator = ",\n";
            }
            out.writeRaw(separator.startsWith("[") ? "[]\n" : "\n]\n");
        }
    }

    private static void write(JsonGenerator out, RankedText ranked, Item item) throws IOException {
        out.writeStartObject();
        out.writeNumberField("index", ranked.index());
        if (item.text() != null) {
            out.writeStringField("text", item.text());
        } else {
            JsonOutput.array(out, "ids", item.ids());
        }
        out.writeNumberField("tokens", ranked.tokens());
        out.writeBooleanField("truncated", ranked.truncated());
        out.writeNumberField("logit", ranked.logit());
        out.writeNumberField("probability", ranked.probability());
        out.writeEndObject();
    }
}
