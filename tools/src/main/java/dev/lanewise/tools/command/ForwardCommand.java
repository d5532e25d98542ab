package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.EmbedderOptions;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.Pooling;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.command.ModelInput.Item;
import dev.lanewise.tools.command.ModelInput.Items;
import dev.lanewise.tools.console.Console;
import java.io.IOException;
import java.io.PrintStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The raw output of the network, to compare with other implementations. */
@Command(name = "forward", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "Print the raw output of the network", description = "Prints the last hidden state of every token of an encoder, the logits at every position of a decoder: a line a token, or with --json the shape and the values.")
final class ForwardCommand extends BaseCommand {
    @Mixin
    private ModelInput input;

    @Option(names = "--token-types", paramLabel = "IDS", description = "the type of every id (default: all 0)")
    private String tokenTypes;

    ForwardCommand(Console console) {
        super(console);
    }

    @Override
    void run() throws IOException {
        input.check();
        if (!input.isSingle()) {
            throw wrongUsage("forward takes one text, or one list of ids");
        }
        int[] ids = ids();
        int[] types = tokenTypes == null ? null : types(ids.length);
        ModelOptions options = ModelOptions.defaults().withThreads(threads());
        try (Model opened = new ModelCache(console).open(input.model(), ModelCache.AS_STORED,
                file -> Model.open(file, options))) {
            float[][] rows = opened.generates() ? logits(opened, ids) : states(opened, ids, types);
            if (json) {
                printJson(rows);
            } else {
                print(rows, console.out());
            }
        }
    }

    private float[][] logits(Model model, int[] ids) {
        if (tokenTypes != null) {
            throw wrongUsage("--token-types is for encoders; this model is a decoder");
        }
        return model.generator().logits(ids);
    }

    private static float[][] states(Model model, int[] ids, int[] types) {
        int width = model.width();
        float[] states = model.embedder(EmbedderOptions.defaults().withPooling(Pooling.MEAN)).hiddenStates(ids, types);
        float[][] rows = new float[ids.length][];
        java.util.Arrays.setAll(rows, i -> java.util.Arrays.copyOfRange(states, i * width, (i + 1) * width));
        return rows;
    }

    private int[] ids() throws IOException {
        try (Items items = input.open(console)) {
            Item item = items.next();
            return item.ids() != null
                    ? item.ids()
                    : ModelTokenizer.of(input.model(), console).encode(item.text(), EncodeOptions.DEFAULT).copyOfIds();
        }
    }

    private int[] types(int count) {
        int[] types;
        try {
            types = Ids.parse(tokenTypes);
        } catch (NumberFormatException e) {
            throw wrongUsage(e.getMessage());
        }
        if (types.length != count) {
            throw wrongUsage("--token-types has " + types.length + " entries for " + count + " ids");
        }
        return types;
    }

    private void printJson(float[][] rows) throws IOException {
        try (JsonGenerator out = JsonOutput.on(console)) {
            out.writeStartObject();
            JsonOutput.array(out, "shape", new int[]{rows.length, rows[0].length});
            out.writeArrayFieldStart("values");
            for (float[] row : rows) {
                out.writeStartArray();
                JsonOutput.row(out, row, 0, row.length);
                out.writeEndArray();
            }
            out.writeEndArray();
            out.writeEndObject();
            out.writeRaw('\n');
        }
    }

    private static void print(float[][] rows, PrintStream out) {
        for (float[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                out.print(row[i]);
                out.print(i + 1 == row.length ? "\n" : " ");
            }
        }
    }
}
