package dev.lanewise.tools.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tools.TestModels;
import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** From a source to a file: values, metadata, failures, memory. */
class ConversionTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "F16"})
    void everyTypeHoldsTheValuesOfTheSource(DataType type) throws IOException {
        Path target = folder.resolve("out.lane");
        try (ModelSource source = sample()) {
            convert(source, target, type);
            try (LaneFile file = LaneFile.open(target)) {
                file.verify();
                assertEquals(source.spec(), TransformerSpec.read(file.metadata()));
                for (Comparison.Difference difference : Comparison.of(file, source)) {
                    // The samples are exact in all types.
                    assertEquals(0, difference.largest(), difference.name());
                    assertTrue(difference.magnitude() > 0, difference.name());
                    assertEquals(difference.name().endsWith("bias") || difference.name().contains("norm")
                            ? DataType.F32
                            : type, difference.type());
                }
            }
        }
    }

    @Test
    void theRealModelConvertsWithItsTokenizer() throws IOException {
        Path source = realModel();
        Path target = folder.resolve("out.lane");
        try (ModelSource model = ModelSource.open(source)) {
            convert(model, target, DataType.F32);
            try (LaneFile file = LaneFile.open(target)) {
                file.verify();
                for (Comparison.Difference difference : Comparison.of(file, model)) {
                    assertEquals(0, difference.largest(), difference.name());
                }
                assertEquals(30522, Tokenizer.read(file.metadata().reader("tokenizer.")).size());
                assertEquals("pytorch 2.0.1", file.metadata().values().get("provenance.producer"));
                assertArrayEquals(new String[]{"all-minilm-l6-v2.onnx"},
                        (String[]) file.metadata().values().get("provenance.files"));
            }
        }
    }

    @Test
    void whatTheCallerKnowsIsWritten() throws IOException {
        Path target = folder.resolve("out.lane");
        PoolingSpec pooling = new PoolingSpec(PoolingSpec.Kind.CLS, true);
        try (ModelSource source = sample()) {
            Conversion.convert(source, target,
                    new Conversion.Options(DataType.F32, pooling, null, Map.of("license", "Apache-2.0")),
                    Conversion.Progress.NONE);
        }
        try (LaneFile file = LaneFile.open(target)) {
            assertEquals(pooling, TransformerSpec.read(file.metadata()).pooling());
            assertEquals("Apache-2.0", file.metadata().values().get("provenance.license"));
            assertFalse(file.metadata().values().values().stream()
                    .anyMatch(value -> value instanceof String s && s.contains(folder.toString())), "an absolute path");
        }
    }

    @Test
    void theSameSourceGivesTheSameBytes() throws IOException {
        Path first = folder.resolve("first.lane");
        Path second = folder.resolve("second.lane");
        try (ModelSource source = sample()) {
            convert(source, first, DataType.BF16);
            convert(source, second, DataType.BF16);
        }
        assertEquals(-1, Files.mismatch(first, second));
    }

    @Test
    void progressRisesToTheEnd() throws IOException {
        List<Long> seen = new ArrayList<>();
        try (ModelSource source = sample()) {
            Conversion.convert(source, folder.resolve("out.lane"), Conversion.Options.of(DataType.F32),
                    (done, total) -> {
                        assertTrue(done <= total);
                        seen.add(done);
                        if (done == total) {
                            seen.add(-1L);
                        }
                    });
        }
        assertEquals(-1L, seen.getLast());
    }

    @Test
    void weightsWithoutFiniteValueAreNamedAndNothingIsLeft() throws IOException {
        Map<String, SampleTensors.Tensor> tensors = SampleTensors.bert();
        float[] elements = tensors.get("encoder.layer.1.output.dense.weight").elements();
        elements[7] = 1e6f;
        Path target = Files.write(folder.resolve("out.lane"), new byte[]{1, 2, 3});
        Path model = SampleTensors.folder(folder.resolve("m"), SampleTensors.config(), tensors);
        try (ModelSource source = ModelSource.open(model)) {
            String message = assertThrows(UnsupportedModelException.class,
                    () -> convert(source, target, DataType.F16)).getMessage();
            assertTrue(message.contains("encoder.layers.1.feed_forward.down.weight, row 0")
                    && message.contains("choose bf16 or f32"), message);
        }
        elements[7] = Float.NaN;
        SampleTensors.folder(model, SampleTensors.config(), tensors);
        try (ModelSource source = ModelSource.open(model)) {
            assertThrows(ModelFormatException.class, () -> convert(source, target, DataType.F32));
        }
        assertArrayEquals(new byte[]{1, 2, 3}, Files.readAllBytes(target), "an existing target is untouched");
        assertEquals(List.of("m", "out.lane"), names());
    }

    @Test
    void weightsThatAreNotFloatsAreRefused() throws IOException {
        Path model = SampleTensors.folder(folder.resolve("m"), SampleTensors.config(), SampleTensors.bert());
        Path weights = model.resolve("model.safetensors");
        byte[] file = Files.readAllBytes(weights);
        String header = new String(file, java.nio.charset.StandardCharsets.ISO_8859_1).replace("F32", "I32");
        Files.write(weights, header.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
        try (ModelSource source = ModelSource.open(model)) {
            String message = assertThrows(UnsupportedModelException.class,
                    () -> convert(source, folder.resolve("out.lane"), DataType.F32)).getMessage();
            assertTrue(message.contains("holds I32"), message);
        }
        assertEquals(List.of("m"), names());
    }

    @Test
    void aTargetThatCannotBeWrittenIsSaid() throws IOException {
        try (ModelSource source = sample()) {
            Path sub = Files.createDirectory(folder.resolve("sub"));
            assertTrue(assertThrows(IOException.class, () -> convert(source, sub, DataType.F32)).getMessage()
                    .contains("is a folder"));
            assertThrows(IOException.class, () -> convert(source, folder.resolve("missing/out.lane"), DataType.F32));
            assumeTrue(sub.toFile().setWritable(false) && !Files.isWritable(sub),
                    "skipped in part: this user may write everywhere (root, perhaps)");
            assertThrows(IOException.class, () -> convert(source, sub.resolve("out.lane"), DataType.F32));
            sub.toFile().setWritable(true);
        }
    }

    /** A disk without room, played by a limit on the size of files: the write fails in the middle. */
    @Test
    void aFullDiskLeavesTheOldTargetAndNothingElse() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "skipped: no /bin/sh here");
        Path model = SampleTensors.folder(folder.resolve("m"), SampleTensors.config(), SampleTensors.bert());
        Path target = Files.write(folder.resolve("out.lane"), new byte[]{1, 2, 3});
        List<String> command = ChildJvm.command("-Xmx64m", ConvertChild.class, model.toString(), target.toString(),
                "1");
        List<String> limited = new ArrayList<>(
                List.of("/bin/sh", "-c", "ulimit -f 8; trap '' XFSZ; exec \"$@\"", "sh"));
        limited.addAll(command);
        limited.add(5, "-XX:-UsePerfData"); // whose file is larger than that
        Process child = new ProcessBuilder(limited).redirectErrorStream(true).start();
        String output = new String(child.getInputStream().readAllBytes());
        assertTrue(child.waitFor(1, TimeUnit.MINUTES));
        assertEquals(3, child.exitValue(), output);
        assertTrue(output.contains("IOException"), output);
        assertArrayEquals(new byte[]{1, 2, 3}, Files.readAllBytes(target));
        assertEquals(List.of("m", "out.lane"), names());
    }

    /** And nothing of protobuf's that the JDK warns about, or will take away. */
    @Test
    void theRealModelNeedsLittleMemory() throws Exception {
        Path target = folder.resolve("out.lane");
        Process child = ChildJvm.start("-Xmx40m --sun-misc-unsafe-memory-access=deny", ConvertChild.class,
                realModel().toString(), target.toString(), "1");
        String output = new String(child.getInputStream().readAllBytes());
        assertTrue(child.waitFor(2, TimeUnit.MINUTES));
        assertEquals(0, child.exitValue(), output);
        assertEquals("begin\n", output, "it warns");
    }

    /** The table of tokens is a hole of 48 MB in a sparse file, and 256 MB with its padding; the heap has 16. */
    @Test
    void aLargeModelNeedsNoMoreMemoryThanASmallOne() throws Exception {
        int vocabulary = 1 << 21;
        Map<String, SampleTensors.Tensor> tensors = SampleTensors.bert();
        var config = SampleTensors.config();
        config.put("vocab_size", vocabulary);
        Path model = SampleTensors.folder(folder.resolve("m"), config, tensors);
        // The same file with a last tensor that is longer than the data that are written.
        SampleTensors.Tensor words = tensors.remove("embeddings.word_embeddings.weight");
        assertEquals(SampleTensors.WIDTH, words.shape()[1]);
        byte[] others = SampleTensors.file(tensors, "F32");
        int length = (others[0] & 0xFF) + (others[1] & 0xFF) * 256;
        int dataLength = others.length - 8 - length;
        long table = 4L * SampleTensors.WIDTH * vocabulary;
        String header = new String(others, 8, length, java.nio.charset.StandardCharsets.UTF_8);
        header = header.substring(0, length - 1)
                + ",\"embeddings.word_embeddings.weight\":{\"dtype\":\"F32\",\"shape\":["
                + vocabulary + "," + SampleTensors.WIDTH + "],\"data_offsets\":[" + dataLength + ","
                + (dataLength + table) + "]}}";
        byte[] data = java.util.Arrays.copyOfRange(others, 8 + length, others.length);
        Files.write(model.resolve("model.safetensors"), SampleTensors.file(header, data));
        try (RandomAccessFile file = new RandomAccessFile(model.resolve("model.safetensors").toFile(), "rw")) {
            file.setLength(file.length() + table);
        }
        Path target = folder.resolve("out.lane");
        Process child = ChildJvm.start("-Xmx16m", ConvertChild.class, model.toString(), target.toString(), "1");
        String output = new String(child.getInputStream().readAllBytes());
        assertTrue(child.waitFor(2, TimeUnit.MINUTES));
        assertEquals(0, child.exitValue(), output);
        assertTrue(Files.size(target) > 256L << 20);
    }

    @Test
    void aSourceThatIsCutShortMeanwhileIsSaid() throws IOException {
        Path model = realModel();
        Path target = folder.resolve("out.lane");
        try (ModelSource source = ModelSource.open(model)) {
            ModelFormatException e = assertThrows(ModelFormatException.class,
                    () -> Conversion.convert(source, target, Conversion.Options.of(DataType.F32), (done, total) -> {
                        if (done > total / 2) {
                            cut(model);
                        }
                    }));
            assertTrue(e.getMessage().contains("cut short"), e.getMessage());
        }
        assertFalse(Files.exists(target));
    }

    private static void cut(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(1000);
        } catch (IOException e) {
            assumeTrue(false, "skipped: this system does not let a mapped file be cut short: " + e);
        }
    }

    private Path realModel() throws IOException {
        Path source = folder.resolve("all-minilm-l6-v2.onnx");
        Files.write(source, TestModels.resource("/all-minilm-l6-v2.onnx"));
        Files.write(folder.resolve("tokenizer.json"), TestModels.resource(TestModels.MINILM_TOKENIZER));
        return source;
    }

    private ModelSource sample() throws IOException {
        return ModelSource
                .open(SampleTensors.folder(folder.resolve("m"), SampleTensors.config(), SampleTensors.bert()));
    }

    private static void convert(ModelSource source, Path target, DataType type) throws IOException {
        Conversion.convert(source, target, Conversion.Options.of(type), Conversion.Progress.NONE);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
