package dev.lanewise.bench.jlama;

import dev.lanewise.bench.peer.Decoding;
import dev.lanewise.bench.peer.GenerateTask;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.PipedDecoding;
import dev.lanewise.bench.peer.PipedProcess;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Jlama on the Vector API, without its native library, with weights in its own blocks of 4 bits, which it is fastest with. */
public final class Jlama implements Peer {

    @Override
    public String title() {
        return "Jlama 0.8.4 without natives, weights in its blocks of 4 bits, activations rounded to 8 bits";
    }

    @Override
    public Optional<Decoding> generate(GenerateTask task, int threads) throws IOException {
        return Optional.of(new PipedDecoding(new PipedProcess("Jlama", List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules",
                "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
                "-Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0", // as its launcher does
                "-cp", classPath(), JlamaProcess.class.getName(), task.folder().get().toString(),
                Integer.toString(threads)))));
    }

    /** Its own jar, with those that it wants. */
    private static String classPath() {
        return Arrays.stream(((URLClassLoader) Jlama.class.getClassLoader()).getURLs())
                .map(jar -> Path.of(URI.create(jar.toString())).toString())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
