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
import dev.lanewise.tensor.DataType;
import java.io.IOException;
import java.io.PrintStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The raw output of the network, to compare with other implementations. */
@Command(name = "forward", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "Print the raw output of the network", description = "Prints the last hidden state of every token: a line a token, or with --json the shape and the values.")
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
        try (Model opened = new ModelCache(console).open(input.model(), DataType.F32,
                file -> Model.open(file, options))) {
            float[] states = opened.embedder(EmbedderOptions.defaults().withPooling(Pooling.MEAN))
                    .hiddenStates(ids, types); // [ids][width]
            if (json) {
                printJson(states, ids.length, opened.width());
            } else {
                print(states, opened.width(), console.out());
            }
        }
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

    private void printJson(float[] states, int rows, int width) throws IOException {
        try (JsonGenerator out = JsonOutput.on(console)) {
            out.writeStartObject();
            JsonOutput.array(out, "shape", new int[]{rows, width});
            out.writeArrayFieldStart("values");
            for (int i = 0; i < rows; i++) {
                out.writeStartArray();
                JsonOutput.row(out, states, i * width, (i + 1) * width);
                out.writeEndArray();
            }
            out.writeEndArray();
            out.writeEndObject();
            out.writeRaw('\n');
        }
    }

    private static void print(float[] states, int width, PrintStream out) {
        for (int i = 0; i < states.length; i++) {
            out.print(states[i]);
            out.print((i + 1) % width == 0 ? "\n" : " ");
        }
    }
}
