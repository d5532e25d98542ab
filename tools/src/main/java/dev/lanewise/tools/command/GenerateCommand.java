package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.Generation;
import dev.lanewise.GenerationListener;
import dev.lanewise.GenerationOptions;
import dev.lanewise.Generator;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.TokenProbabilities;
import dev.lanewise.TokenProbabilities.Alternative;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.command.ModelInput.Item;
import dev.lanewise.tools.command.ModelInput.Items;
import dev.lanewise.tools.console.Console;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Texts from prompts. */
@Command(name = "generate", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "Generate the text that follows a prompt", description = "Prints the text that follows a prompt, as it is generated; of a model without tokenizer, ids. Takes the most probable "
        + "token, unless there is a temperature.")
final class GenerateCommand extends BaseCommand {
    @Mixin
    private ModelInput input;

    @Mixin
    private SamplingInput sampling;

    @Option(names = "--parse-special", description = "special tokens that are spelled out in the prompt become their ids")
    private boolean parseSpecial;

    @Option(names = "--log-probabilities", paramLabel = "N", description = "with --json, the log-probability of every token, and of the N most probable at its place")
    private Integer logProbabilities;

    GenerateCommand(Console console) {
        super(console);
    }

    @Override
    void run() throws IOException {
        input.check();
        GenerationOptions.Builder builder = sampling.builder();
        if (logProbabilities != null) {
            if (!json) {
                throw wrongUsage("--log-probabilities are printed with --json alone");
            }
            if (logProbabilities < 0 || logProbabilities > 1000) {
                throw wrongUsage("--log-probabilities must be 0 to 1000, not " + logProbabilities);
            }
            builder.logProbabilities(logProbabilities);
        }
        sampling.sayIdle(console);
        ModelOptions options = sampling.modelOptions(threads());
        try (Model model = new ModelCache(console).open(input.model(), ModelCache.AS_STORED,
                file -> Model.open(file, options));
                Items items = input.open(console)) {
            Generator generator = model.generator();
            for (Item item = items.next(); item != null; item = items.next()) {
                int[] ids = item.ids() != null ? item.ids() : generator.encode(item.text(), parseSpecial);
                if (ids.length == 0) {
                    throw new IllegalArgumentException(item.where() + " has no tokens to go on from");
                }
                try {
                    if (json) {
                        Generation made = generator.generate(ids, builder.build());
                        printJson(made);
                        Figures.say(console, made);
                    } else {
                        print(generator, ids, model.hasTokenizer(), builder);
                    }
                } catch (TextTooLongException e) {
                    throw new IllegalArgumentException(item.where() + " has " + e.tokens()
                            + " tokens, the model takes at most " + e.limit() + "; shorten or split it", e);
                }
            }
        }
    }

    private void print(Generator generator, int[] ids, boolean asText, GenerationOptions.Builder builder)
            throws IOException {
        StreamedOutput out = new StreamedOutput(console);
        GenerationListener listener = asText ? out::print : new IdPrinter(out);
        Generation made = generator.generate(ids, builder.cancelWhen(out::hasFailed).build(), listener);
        out.print("\n");
        out.check();
        Figures.say(console, made);
    }

    /** Ids as they come. */
    private static final class IdPrinter implements GenerationListener {
        private final StreamedOutput out;
        private String separator = "";

        IdPrinter(StreamedOutput out) {
            this.out = out;
        }

        @Override
        public void token(int id) {
            out.print(separator + id);
            separator = ",";
        }

        @Override
        public void text(String piece) {
            throw new IllegalStateException("a model without tokenizer gives no text");
        }
    }

    private void printJson(Generation made) throws IOException {
        try (JsonGenerator out = JsonOutput.on(console)) {
            out.writeStartObject();
            JsonOutput.array(out, "prompt_ids", made.promptIds());
            JsonOutput.array(out, "ids", made.ids());
            out.writeStringField("text", made.text());
            out.writeStringField("finish", Figures.name(made.finish()));
            if (logProbabilities != null) {
                out.writeArrayFieldStart("log_probabilities");
                for (TokenProbabilities token : made.probabilities()) {
                    write(out, token);
                }
                out.writeEndArray();
            }
            out.writeEndObject();
            out.writeRaw('\n');
        }
        console.flush();
    }

    private static void write(JsonGenerator out, TokenProbabilities token) throws IOException {
        out.writeStartObject();
        out.writeNumberField("id", token.id());
        out.writeNumberField("log_probability", token.logProbability());
        out.writeArrayFieldStart("top");
        for (Alternative other : token.top()) {
            out.writeStartObject();
            out.writeNumberField("id", other.id());
            if (Float.isInfinite(other.logProbability())) {
                out.writeNullField("log_probability"); // JSON has no infinity
            } else {
                out.writeNumberField("log_probability", other.logProbability());
            }
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeEndObject();
    }
}
