package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.console.Console;
import dev.lanewise.tools.console.Progress;
import dev.lanewise.tools.convert.Comparison;
import dev.lanewise.tools.convert.Inspection;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is in a model file. */
@Command(name = "inspect", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "Show what is in a model file", description = "Shows the specification, the tensors with their types and sizes, and the licence of a .lane file, an "
        + "ONNX, safetensors or GGUF file, a checkpoint of llama2.c, or a Hugging Face folder. Reads no weights, unless they are compared.")
final class InspectCommand extends BaseCommand {
    @Parameters(index = "0", paramLabel = "FILE", description = "a file or folder, or a name that 'lanewise models' lists")
    private String model;

    @Option(names = "--compare", paramLabel = "SOURCE", description = "what the .lane file was converted from: prints how far each tensor is from it")
    private Path source;

    InspectCommand(Console console) {
        super(console);
    }

    @Override
    void run() throws IOException {
        Path file = new ModelCache(console).locate(model);
        Inspection inspection = Inspection.of(file);
        List<Comparison.Difference> differences = source == null ? List.of() : compare(file);
        if (json) {
            try (JsonGenerator out = JsonOutput.on(console)) {
                write(out, inspection, differences);
                out.writeRaw('\n');
            }
        } else {
            print(inspection, console.out());
            print(differences, console.out());
        }
    }

    private List<Comparison.Difference> compare(Path file) throws IOException {
        try (LaneFile lane = LaneFile.open(file); ModelSource original = ModelSource.open(source)) {
            return Comparison.of(lane, original);
        }
    }

    private static void print(Inspection inspection, PrintStream out) {
        out.println(inspection.file() + ": " + inspection.format() + ", " + Progress.megabytes(inspection.bytes()));
        print("specification", inspection.specification(), out);
        print("vectors", inspection.vectors(), out);
        print("tokenizer", inspection.tokenizer(), out);
        print("provenance", inspection.provenance(), out);
        out.printf(Locale.ROOT, "%ntensors: %d, %,d numbers%n", inspection.tensors().size(), inspection.parameters());
        int width = inspection.tensors().stream().mapToInt(tensor -> tensor.name().length()).max().orElse(0);
        for (Inspection.Tensor tensor : inspection.tensors()) {
            out.printf(Locale.ROOT, "  %-" + Math.max(1, width) + "s  %-5s %-7s %-15s %,13d bytes%n", tensor.name(),
                    tensor.type(), tensor.layout(), tensor.shape(), tensor.bytes());
        }
        inspection.notes().forEach(note -> out.println("\nnote: " + note));
    }

    private static void print(String title, Map<String, Object> values, PrintStream out) {
        if (values.isEmpty()) {
            return;
        }
        out.println("\n" + title);
        int width = values.keySet().stream().mapToInt(String::length).max().orElse(0);
        values.forEach((key, value) -> out.printf(Locale.ROOT, "  %-" + width + "s  %s%n", key, value));
    }

    private static void print(List<Comparison.Difference> differences, PrintStream out) {
        if (differences.isEmpty()) {
            return;
        }
        out.println("\ndifference from the source: worst, mean, of numbers up to");
        for (Comparison.Difference difference : differences) {
            out.printf(Locale.ROOT, "  %-60s %-5s %.3e  %.3e  %.3e%n", difference.name(), difference.type(),
                    difference.largest(), difference.mean(), difference.magnitude());
        }
        Comparison.Difference worst = Collections.max(differences,
                Comparator.comparingDouble(Comparison.Difference::largest));
        out.printf(Locale.ROOT, "worst of all: %.3e, in %s%n", worst.largest(), worst.name());
    }

    private static void write(JsonGenerator out, Inspection inspection, List<Comparison.Difference> differences)
            throws IOException {
        out.writeStartObject();
        out.writeStringField("file", inspection.file());
        out.writeStringField("format", inspection.format());
        out.writeNumberField("bytes", inspection.bytes());
        write(out, "specification", inspection.specification());
        write(out, "vectors", inspection.vectors());
        write(out, "tokenizer", inspection.tokenizer());
        write(out, "provenance", inspection.provenance());
        out.writeNumberField("parameters", inspection.parameters());
        out.writeArrayFieldStart("tensors");
        for (Inspection.Tensor tensor : inspection.tensors()) {
            out.writeStartObject();
            out.writeStringField("name", tensor.name());
            out.writeStringField("type", tensor.type());
            out.writeStringField("layout", tensor.layout());
            JsonOutput.field(out, "shape", tensor.shape());
            out.writeNumberField("bytes", tensor.bytes());
            out.writeEndObject();
        }
        out.writeEndArray();
        JsonOutput.field(out, "notes", inspection.notes());
        if (!differences.isEmpty()) {
            write(out, differences);
        }
        out.writeEndObject();
    }

    private static void write(JsonGenerator out, String name, Map<String, Object> values) throws IOException {
        out.writeObjectFieldStart(name);
        for (Map.Entry<String, Object> entry : values.entrySet()) {
            JsonOutput.field(out, entry.getKey(), entry.getValue());
        }
        out.writeEndObject();
    }

    private static void write(JsonGenerator out, List<Comparison.Difference> differences) throws IOException {
        out.writeArrayFieldStart("comparison");
        for (Comparison.Difference difference : differences) {
            out.writeStartObject();
            out.writeStringField("name", difference.name());
            out.writeStringField("type", difference.type().name());
            out.writeNumberField("worst", difference.largest());
            out.writeNumberField("mean", difference.mean());
            out.writeNumberField("magnitude", difference.magnitude());
            out.writeEndObject();
        }
        out.writeEndArray();
    }
}
