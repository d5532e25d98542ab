package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.FinishReason;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.Translation;
import dev.lanewise.Translation.Hypothesis;
import dev.lanewise.TranslationOptions;
import dev.lanewise.Translator;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.command.ModelInput.Item;
import dev.lanewise.tools.command.ModelInput.Items;
import dev.lanewise.tools.console.Console;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Texts of texts. */
@Command(name = "translate", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "Translate texts with an encoder-decoder", description = "Prints the translation of each text in a line; of a model without tokenizer, ids. With --n-best, its score is in front, "
        + "and a blank line is between the texts.")
final class TranslateCommand extends BaseCommand {
    /** Enough to keep every thread busy, few enough that results appear as they are made. */
    private static final int BATCH = 64;
    private static final String PREFIX = "the prefix";

    @Mixin
    private ModelInput input;

    @Mixin
    private BeamInput beams;

    @Option(names = "--log-probabilities", description = "with --json, the log-probability of every token")
    private boolean logProbabilities;

    private long tokens;
    private long nanos;
    private int texts;
    private int unfinished;

    TranslateCommand(Console console) {
        super(console);
    }

    @Override
    void run() throws IOException {
        input.check();
        if (logProbabilities && !json) {
            throw wrongUsage("--log-probabilities are printed with --json alone");
        }
        TranslationOptions how = beams.options();
        ModelOptions options = ModelOptions.defaults().withThreads(threads());
        try (Model model = new ModelCache(console).open(input.model(), ModelCache.AS_STORED,
                file -> Model.open(file, options));
                Items items = input.open(console)) {
            Translator translator = model.translator();
            if (json) {
                JsonOutput.elements(console, items, BATCH, batch -> translate(translator, batch, how), this::write);
            } else {
                print(translator, items, how, model.hasTokenizer());
            }
        }
        if (unfinished > 0) {
            console.say(
                    unfinished + (unfinished == 1 ? " text is" : " texts are") + " not finished: the time was over");
        }
        console.say(String.format(Locale.ROOT, "%d %s, %d tokens in %.3f s (%.1f tokens/s)", texts,
                texts == 1 ? "text" : "texts", tokens, nanos / 1e9, nanos == 0 ? 0 : tokens * 1e9 / nanos));
    }

    private void print(Translator translator, Items items, TranslationOptions how, boolean asText) throws IOException {
        String separator = "";
        for (List<Item> batch = items.next(BATCH); !batch.isEmpty(); batch = items.next(BATCH)) {
            for (Translation made : translate(translator, batch, how)) {
                if (beams.several()) {
                    console.out().print(separator);
                    separator = "\n";
                }
                if (made.hypotheses().isEmpty()) {
                    console.out().println(); // the time was over; the lines keep their places
                }
                for (Hypothesis found : made.hypotheses()) {
                    if (beams.several()) {
                        console.out().printf(Locale.ROOT, "%.4f\t", found.score());
                    }
                    console.out().println(asText ? found.text() : Ids.format(found.ids()));
                }
            }
            console.flush();
        }
    }

    private void write(JsonGenerator out, Item item, Translation made) throws IOException {
        out.writeStartObject();
        if (item.text() != null) {
            out.writeStringField("source", item.text());
        } else {
            JsonOutput.array(out, "source", item.ids());
        }
        out.writeArrayFieldStart("hypotheses");
        for (Hypothesis found : made.hypotheses()) {
            out.writeStartObject();
            JsonOutput.array(out, "ids", found.ids());
            out.writeStringField("text", found.text());
            out.writeNumberField("score", found.score());
            if (logProbabilities) {
                JsonOutput.array(out, "log_probabilities", found.logProbabilities());
            }
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private List<Translation> translate(Translator translator, List<Item> batch, TranslationOptions how)
            throws IOException {
        long start = System.nanoTime();
        List<Translation> made;
        try {
            made = batch.getFirst().text() == null
                    ? translator.translateIds(batch.stream().map(Item::ids).toList(), how)
                    : translator.translateAll(batch.stream().map(Item::text).toList(), how);
        } catch (TextTooLongException e) {
            String where = tooLong(translator, batch, how);
            boolean text = !where.equals(PREFIX);
            throw new IOException((input.isSingle() && text ? "" : where + ": ") + e.getMessage()
                    + (text && !input.hasIds() ? " (--truncate)" : ""), e);
        }
        nanos += System.nanoTime() - start;
        for (Translation translation : made) {
            texts++;
            List<Hypothesis> found = translation.hypotheses();
            tokens += found.isEmpty() ? 0 : found.getFirst().ids().length;
            unfinished += found.isEmpty() || found.getFirst().finish() == FinishReason.DEADLINE ? 1 : 0;
        }
        return made;
    }

    /** Which of them it is; the exception does not know. */
    private static String tooLong(Translator translator, List<Item> batch, TranslationOptions how) {
        for (Item item : batch) {
            try {
                int[] ids = item.ids() != null ? item.ids() : translator.encode(item.text(), how);
                if (ids.length > translator.maxSourceTokens()) {
                    return item.where();
                }
            } catch (TextTooLongException e) {
                return item.where();
            }
        }
        return PREFIX;
    }
}
