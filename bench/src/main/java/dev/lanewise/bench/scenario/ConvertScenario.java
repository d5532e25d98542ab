package dev.lanewise.bench.scenario;

import dev.lanewise.bench.Comparison;
import dev.lanewise.bench.Comparison.Contender;
import dev.lanewise.bench.peer.Work;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.tensor.DataType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;

/** Converting a model, beside writing a file of the same size and forcing it to the disk, which a conversion has to do. */
final class ConvertScenario implements Scenario {
    private final EncoderFiles.Source files;

    ConvertScenario(EncoderFiles.Source files) {
        this.files = files;
    }

    @Override
    public String name() {
        return "convert";
    }

    @Override
    public String purpose() {
        return "all-minilm-l6-v2: from ONNX to .lane, beside copying a file of that size";
    }

    @Override
    public List<String> peers() {
        return List.of();
    }

    @Override
    public void run(Run run) throws Exception {
        EncoderFiles encoder = files.get(run);
        Path folder = Files.createTempDirectory(encoder.onnx().toAbsolutePath().getParent(), "convert");
        try {
            Path original = folder.resolve("original.lane");
            convert(encoder.onnx(), original);
            run.report().line("%.1f MB of ONNX, %.1f MB of .lane", Files.size(encoder.onnx()) / 1e6,
                    Files.size(original) / 1e6);
            new Comparison("convert", null, 0).run(run,
                    new Write(folder.resolve("converted.lane"),
                            target -> convert(encoder.onnx(), target)),
                    List.of(new Contender("copy",
                            new Write(folder.resolve("copy"), target -> copy(original, target)))));
        } finally {
            try (var left = Files.list(folder)) {
                for (Path file : left.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    private static void convert(Path onnx, Path target) throws IOException {
        try (ModelSource source = ModelSource.open(onnx)) {
            Conversion.convert(source, target, Conversion.Options.of(DataType.F32), Conversion.Progress.NONE);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (FileChannel in = FileChannel.open(from);
                FileChannel out = FileChannel.open(to, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            long size = in.size();
            for (long at = 0; at < size;) {
                at += in.transferTo(at, size - at, out);
            }
            out.force(true);
        }
    }

    @FunctionalInterface
    private interface Writer {
        void write(Path target) throws IOException;
    }

    /** Writes a file anew; the result is its checksum, in two halves that a float can hold. */
    private record Write(Path target, Writer writer) implements Work {
        @Override
        public void run() throws IOException {
            Files.deleteIfExists(target);
            writer.write(target);
        }

        @Override
        public float[] result() throws IOException {
            CRC32C checksum = new CRC32C();
            try (InputStream in = new CheckedInputStream(Files.newInputStream(target), checksum)) {
                in.transferTo(java.io.OutputStream.nullOutputStream());
            }
            return new float[]{checksum.getValue() >>> 16, checksum.getValue() & 0xFFFF};
        }
    }
}
