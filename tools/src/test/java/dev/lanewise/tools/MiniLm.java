package dev.lanewise.tools;

import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.tensor.DataType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/** all-MiniLM-L6-v2 for tests: the ONNX file of the test dependency, and what it converts to, once a test run. */
public final class MiniLm {
    private static final Path FOLDER = folder();
    private static final Map<DataType, Path> CONVERTED = new EnumMap<>(DataType.class);

    private MiniLm() {}

    /** The ONNX file, with its tokenizer beside it. */
    public static Path onnx() {
        return FOLDER.resolve("all-minilm-l6-v2.onnx");
    }

    /** The converted model, mean pooling, normalised. */
    public static synchronized Path lane(DataType type) {
        return CONVERTED.computeIfAbsent(type, t -> {
            Path target = FOLDER.resolve(t + ".lane");
            try (ModelSource source = ModelSource.open(onnx())) {
                PoolingSpec pooling = new PoolingSpec(PoolingSpec.Kind.MEAN, true);
                Conversion.convert(source, target, new Conversion.Options(t, pooling, null, Map.of()),
                        (done, total) -> {
                        });
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return target;
        });
    }

    private static Path folder() {
        try {
            Path folder = Files.createTempDirectory("lanewise-minilm");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            Files.write(folder.resolve("all-minilm-l6-v2.onnx"), TestModels.resource("/all-minilm-l6-v2.onnx"));
            Files.write(folder.resolve("tokenizer.json"), TestModels.resource(TestModels.MINILM_TOKENIZER));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        try (var files = Files.walk(folder)) {
            files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
