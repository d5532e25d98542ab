package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.Classification;
import dev.lanewise.Classifier;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.Truncation;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.command.ModelInput.Item;
import dev.lanewise.tools.command.ModelInput.Items;
import dev.lanewise.tools.console.Console;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Texts to labels. */
@Command(name = "classify", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "Say which labels texts have", description = "Prints the likeliest labels of every text with their probabilities, or with --json all of them with their logits.")
final class ClassifyCommand extends BaseCommand {
    /** A person wants the likeliest. */
    private static final int PRINTED = 5;

    @Mixin
    private ModelInput input;

    @Option(names = "--pair", paramLabel = "TEXT", description = "a second text for every text, as for entailment")
    private String pair;

    @Option(names = "--truncate", description = "cut a text that is too long, instead of failing")
    private boolean truncate;

    ClassifyCommand(Console console) {
        super(console);
    }

    @Override
    void run() throws IOException {
        input.check();
        if (pair != null && input.hasIds()) {
            throw wrongUsage("--pair is for texts; ids are taken as they are");
        }
        ModelOptions options = ModelOptions.defaults().withThreads(threads());
        try (Model opened = new ModelCache(console).open(input.model(), ModelCache.AS_STORED,
                file -> Model.open(file, options));
                Items items = input.open(console)) {
            Classifier classifier = opened.classifier(truncate ? Truncation.LONGER : Truncation.REFUSE);
            if (json) {
                JsonOutput.elements(console, items, 1, batch -> List.of(classify(classifier, batch.getFirst())),
                        this::write);
            } else {
                for (Item item = items.next(); item != null; item = items.next()) {
                    print(item, classify(classifier, item));
                    console.flush();
                }
            }
        }
    }

    private Classification classify(Classifier classifier, Item item) throws IOException {
        Classification found;
        try {
            if (item.ids() != null) {
                float[][] logits = classifier.logits(item.ids(), null);
                if (classifier.ofTokens()) {
                    throw wrongUsage("the model's head is of every token, not of texts; see forward --logits");
                }
                float[] probabilities = new float[logits[0].length];
                classifier.probabilities(logits[0], 0, probabilities, 0);
                return new Classification(classifier.labels(), logits[0], probabilities, item.ids().length, false);
            }
            found = pair == null ? classifier.classify(item.text()) : classifier.classify(item.text(), pair);
        } catch (TextTooLongException | IllegalArgumentException e) {
            throw new IOException(item.where() + ": " + e.getMessage()
                    + (e instanceof TextTooLongException && item.ids() == null ? " (--truncate)" : ""), e);
        }
        if (found.truncated()) {
            console.say(item.where() + " has " + found.tokens() + " tokens and was cut to what the model takes");
        }
        return found;
    }

    private void print(Item item, Classification found) {
        if (!input.isSingle()) {
            console.out().println(item.label());
        }
        List<Integer> order = IntStream.range(0, found.labels().size()).boxed()
                .sorted(Comparator.comparingDouble(i -> -found.logits()[i])).limit(PRINTED).toList();
        for (int label : order) {
            console.out().printf(Locale.ROOT, "%s%8.4f  %s%n", input.isSingle() ? "" : "  ",
                    found.probabilities()[label], found.labels().get(label));
        }
    }

    private void write(JsonGenerator out, Item item, Classification found) throws IOException {
        out.writeStartObject();
        if (item.text() != null) {
            out.writeStringField("text", item.text());
        } else {
            JsonOutput.array(out, "ids", item.ids());
        }
        if (pair != null) {
            out.writeStringField("pair", pair);
        }
        out.writeNumberField("tokens", found.tokens());
        out.writeBooleanField("truncated", found.truncated());
        out.writeStringField("label", found.label());
        out.writeArrayFieldStart("labels");
        for (int i = 0; i < found.labels().size(); i++) {
            out.writeStartObject();
            out.writeStringField("label", found.labels().get(i));
            out.writeNumberField("logit", found.logits()[i]);
            out.writeNumberField("probability", found.probabilities()[i]);
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeEndObject();
    }
}
