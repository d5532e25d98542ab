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
import dev.lanewise.tools.convert.NpyFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The raw output of the network, to compare with other implementations. */
@Command(name = "forward", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "Print the raw output of the network", description = "Prints the last hidden state of every token of an encoder, or with --logits those of its head; the logits at every position of a decoder; of an encoder-decoder the state of its encoder, or with --decoder-ids the logits of its decoder: a line a token, or with --json the shape and the values.")
final class ForwardCommand extends BaseCommand {
    @Mixin
    private ModelInput input;

    @Option(names = "--token-types", paramLabel = "IDS", description = "the type of every id (default: all 0)")
    private String tokenTypes;

    @Option(names = "--logits", description = "of an encoder with a head, print its logits: one line, or one a token, as the head is")
    private boolean logits;

    @Option(names = "--decoder-ids", paramLabel = "IDS", description = "ids for the decoder of an encoder-decoder, the one that it begins with included: print its logits")
    private String decoderIds;

    @Option(names = "--features", paramLabel = "FILE.npy", description = "instead of a text, what an encoder of sound reads: a matrix of NumPy, features x frames")
    private Path features;

    ForwardCommand(Console console) {
        super(console);
    }

    @Override
    void run() throws IOException {
        if (features == null) {
            input.check();
        }
        if (features == null ? !input.isSingle() : !input.isEmpty()) {
            throw wrongUsage("forward takes one text, or one list of ids, or --features");
        }
        int[] ids = features == null ? ids() : new int[0];
        int[] types = tokenTypes == null ? null : types(ids.length);
        int[] target = decoderIds == null ? null : parse(decoderIds);
        NpyFile matrix = features == null ? null : NpyFile.read(features);
        ModelOptions options = ModelOptions.defaults().withThreads(threads());
        try (Model opened = new ModelCache(console).open(input.model(), ModelCache.AS_STORED,
                file -> Model.open(file, options));
                SequenceNetwork sequences = SequenceNetwork.open(Path.of(opened.file()), threads())) {
            if (sequences == null && (target != null || matrix != null)) {
                throw wrongUsage("--decoder-ids and --features are for encoder-decoders; this model is none");
            }
            float[][] rows = sequences != null
                    ? sequences(sequences, ids, matrix, target)
                    : opened.generates() ? logits(opened, ids) : encoded(opened, ids, types);
            if (json) {
                printJson(rows);
            } else {
                print(rows, console.out());
            }
        }
    }

    private float[][] sequences(SequenceNetwork network, int[] ids, NpyFile matrix, int[] target) {
        if (tokenTypes != null) {
            throw wrongUsage("--token-types is for encoders; this model is an encoder-decoder");
        }
        boolean sound = network.spec().source().stem() != null;
        if (sound != (matrix != null)) {
            throw wrongUsage(sound
                    ? "this model reads sound: give --features, not a text or ids"
                    : "this model reads ids: give a text or --ids, not --features");
        }
        float[][] states = sound
                ? network.states(matrix.values(), matrix.rows())
                : network.states(ids);
        return target == null ? states : network.logits(target);
    }

    private float[][] logits(Model model, int[] ids) {
        if (tokenTypes != null) {
            throw wrongUsage("--token-types is for encoders; this model is a decoder");
        }
        return model.generator().logits(ids);
    }

    private float[][] encoded(Model model, int[] ids, int[] types) {
        return logits ? model.classifier().logits(ids, types) : states(model, ids, types);
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

    private int[] parse(String list) {
        try {
            return Ids.parse(list);
        } catch (NumberFormatException e) {
            throw wrongUsage(e.getMessage());
        }
    }

    private int[] types(int count) {
        int[] types = parse(tokenTypes);
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
