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
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.weights.LaneFile;
import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Every checksum and every rule of a {@code .lane} file. */
@Command(name = "verify", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "Check a .lane file completely", description = "Checks a .lane file: header, specification, tokenizer, directory, and the checksum of every tensor. "
        + "Ends with 0 if it is sound, else with 1.")
final class VerifyCommand extends BaseCommand {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

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
            checkFinite(lane);
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

    /** A converter refuses what is no finite number, but a file may come from elsewhere. Blocks have no words for it. */
    private static void checkFinite(LaneFile lane) {
        for (LaneFile.Entry entry : lane.directory().values()) {
            TensorInfo info = entry.info();
            int bytes = switch (info.type()) {
                case F32 -> Integer.BYTES;
                case BF16, F16 -> Short.BYTES;
                default -> 0;
            };
            int exponent = switch (info.type()) {
                case F32 -> 0x7F800000;
                case BF16 -> 0x7F80;
                default -> 0x7C00;
            };
            MemorySegment data = lane.tensor(info.name(), info.layout(), info.shape());
            checkScales(lane, entry, data);
            for (long at = 0; bytes > 0 && at < data.byteSize(); at += bytes) {
                int bits = bytes == Integer.BYTES ? data.get(INT, at) : data.get(SHORT, at);
                if ((bits & exponent) == exponent) {
                    throw new ModelFormatException(lane.file(), entry.offset() + at, "tensor " + info.name(),
                            "finite numbers", "one that is none");
                }
            }
        }
    }

    /** The floats of rows of INT8: those of a panel come first in it, those of a row of a table first in that. */
    private static void checkScales(LaneFile lane, LaneFile.Entry entry, MemorySegment data) {
        TensorInfo info = entry.info();
        boolean panels = info.layout() == Layout.PANELS;
        int floats = info.type().rowFloats() * (panels ? TensorInfo.PAD : 1);
        long step = panels ? info.type().panelBytes(info.columns()) : info.type().rowBytes(info.columns());
        for (long start = 0; floats > 0 && start < data.byteSize(); start += step) {
            for (long at = start; at < start + floats * Float.BYTES; at += Float.BYTES) {
                if (!Float.isFinite(data.get(FLOAT, at))) {
                    throw new ModelFormatException(lane.file(), entry.offset() + at, "tensor " + info.name(),
                            "finite scales and zero points", "one that is none");
                }
            }
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
