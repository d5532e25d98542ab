package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.tools.cache.Converter;
import dev.lanewise.tools.cache.InterruptOnExit;
import dev.lanewise.tools.console.Console;
import dev.lanewise.tools.console.Progress;
import dev.lanewise.tensor.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Weights of another format to {@code .lane}. */
@Command(name = "convert", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "Convert a model of another format to .lane", description = "Converts a model of another format: an ONNX graph with its tokenizer.json beside it, a Hugging Face "
        + "folder (config.json, safetensors, tokenizer.json or vocab.txt), a GGUF file, or a checkpoint of llama2.c.")
final class ConvertCommand extends BaseCommand {
    @Parameters(index = "0", paramLabel = "SOURCE", description = "a file or folder")
    private Path source;

    @Parameters(index = "1", paramLabel = "TARGET.lane", description = "the file to write; it appears whole or not at all")
    private Path target;

    @Option(names = "--type", paramLabel = "TYPE", description = "how weights are stored: f32, bf16, f16, q8 (q8_0), int8, q4 (q4_0) or q4_1 (default: each as the source has it, or in the smallest type that holds its values)")
    private void setType(String word) {
        String name = word.toUpperCase(Locale.ROOT);
        try {
            type = DataType.valueOf(name.equals("Q8") || name.equals("Q4") ? name + "_0" : name);
        } catch (IllegalArgumentException e) {
            throw wrongUsage("--type is " + word + "; choose f32, bf16, f16, q8 (q8_0), int8, q4 (q4_0) or q4_1");
        }
    }

    private DataType type;

    ConvertCommand(Console console) {
        super(console);
    }

    @Override
    void run() throws IOException {
        if (!target.toString().endsWith(".lane")) {
            throw wrongUsage("the target must end with .lane, and is " + target);
        }
        if (type != null && !type.roundsFloats()) {
            throw wrongUsage("weights are not rounded to " + type
                    + ", a GGUF file that has it keeps it without --type; choose f32, bf16, f16, q8_0, int8, q4_0 or q4_1");
        }
        try (InterruptOnExit _ = InterruptOnExit.begin()) {
            Converter.convert(source, type, target, console);
        }
        long bytes = Files.size(target);
        if (json) {
            try (JsonGenerator out = JsonOutput.on(console)) {
                out.writeStartObject();
                out.writeStringField("file", target.toString());
                out.writeNumberField("bytes", bytes);
                out.writeEndObject();
                out.writeRaw('\n');
            }
        } else {
            console.out().println(target + ": " + Progress.megabytes(bytes));
        }
    }
}
