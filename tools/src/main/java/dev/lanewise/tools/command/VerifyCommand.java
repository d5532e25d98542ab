package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.tools.console.Console;
import dev.lanewise.tools.console.Progress;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Every checksum and every rule of a {@code .lane} file. */
@Command(name = "verify", mixinStandardHelpOptions = true, versionProvider = Version.class,
        header = "Check a .lane file completely", description = "Checks a .lane file: header, specification, tokenizer, directory, and the checksum of every tensor. "
        + "Ends with 0 if it is sound, else with 1.")
final class VerifyCommand extends BaseCommand {
    @Parameters(index = "0", paramLabel = "FILE", description = "a .lane file")
    private Path file;

    VerifyCommand(Console console) {
        super(console);
    }

    @Override
    void run() throws IOException {
        // Opening it as a model checks the specification, the tokenizer, and that every tensor of theirs is there.
        Model.open(file, ModelOptions.defaults().withThreads(1)).close();
        try (LaneFile lane = LaneFile.open(file)) {
            lane.verify();
            if (json) {
                printJson(lane);
            } else {
                console.out().println(file + ": sound; " + lane.directory().size() + " tensors, "
                        + Progress.megabytes(lane.size()) + ", every checksum as it should be");
            }
        }
    }

    private void printJson(LaneFile lane) throws IOException {
        try (JsonGenerator out = JsonOutput.on(console)) {
            out.writeStartObject();
            out.writeStringField("file", file.toString());
            out.writeBooleanField("sound", true);
            out.writeNumberField("tensors", lane.directory().size());
            out.writeNumberField("bytes", lane.size());
            out.writeEndObject();
            out.writeRaw('\n');
        }
    }
}
