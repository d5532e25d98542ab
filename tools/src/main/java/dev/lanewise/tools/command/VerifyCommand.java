package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.console.Console;
import dev.lanewise.tools.console.Progress;
import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.LaneFile;
import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Every checksum and every rule of a {@code .lane} file. */
@Command(name = "verify", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "Check a .lane file completely", description = "Checks a .lane file: header, specification, tokenizer, directory, and the checksum of every tensor. "
        + "Ends with 0 if it is sound, else with 1.")
final class VerifyCommand extends BaseCommand {
    @Parameters(index = "0", paramLabel = "FILE", description = "a .lane file, or a name that 'lanewise models' lists")
    private String model;

    VerifyCommand(Console console) {
        super(console);
    }

    @Override
    void run() throws IOException {
        Path file = new ModelCache(console).locate(model);
        try (LaneFile lane = LaneFile.open(file)) {
            checkModel(lane);
            lane.verify();
            if (json) {
                printJson(lane);
            } else {
                console.out().println(file + ": sound; " + lane.directory().size() + " tensors, "
                        + Progress.megabytes(lane.size()) + ", every checksum as it should be");
            }
        }
    }

    /** What opening it as a model checks: the specification, the tokenizer, and that the file has their tensors. */
    private static void checkModel(LaneFile lane) {
        try {
            TransformerSpec spec = TransformerSpec.read(lane.metadata());
            for (String prefix : new String[]{"", TokenizerSpec.TARGET}) {
                Metadata.Reader tokenizer = lane.metadata().reader(prefix + TokenizerSpec.PREFIX);
                if (tokenizer.has("kind")) {
                    Tokenizer.read(tokenizer);
                }
            }
            spec.tensors(DataType.F32).forEach(info -> lane.tensor(info.name(), info.layout(), info.shape()));
            if (lane.directory().size() != spec.tensorCount()) {
                throw new ModelFormatException(lane.file(), -1, "number of tensors",
                        spec.tensorCount() + ", as the specification says",
                        Integer.toString(lane.directory().size()));
            }
        } catch (MetadataException e) {
            throw new ModelFormatException(lane.file(), -1, "metadata '" + e.key() + "'", e.expected(), e.found());
        }
    }

    private void printJson(LaneFile lane) throws IOException {
        try (JsonGenerator out = JsonOutput.on(console)) {
            out.writeStartObject();
            out.writeStringField("file", lane.file());
            out.writeBooleanField("sound", true);
            out.writeNumberField("tensors", lane.directory().size());
            out.writeNumberField("bytes", lane.size());
            out.writeEndObject();
            out.writeRaw('\n');
        }
    }
}
