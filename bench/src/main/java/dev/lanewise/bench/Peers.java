package dev.lanewise.bench;

import dev.lanewise.bench.peer.Peer;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/**
 * Builds and loads the peers that a run asks for, each in a class loader of its own. They stay loaded until the JVM ends:
 * native libraries do not like to be unloaded.
 */
public final class Peers {
    /** Every peer that can be asked for. */
    public static final List<String> NAMES = List.of("onnxruntime", "pytorch", "llama.cpp", "jlama", "ctranslate2",
            "plain");

    private Peers() {}

    /** A peer that cannot be had; the message says why. */
    public static final class MissingException extends Exception {
        private static final long serialVersionUID = 1;

        MissingException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * A peer, built first if need be.
     *
     * @param name one of {@link #NAMES}
     */
    public static Peer load(String name, Optional<Checkout> checkout, Report report) throws MissingException {
        if (name.equals("plain")) {
            return new PlainJava();
        }
        try {
            URLClassLoader loader = new URLClassLoader("peer " + name, urls(classPath(name, checkout, report)),
                    Peers.class.getClassLoader());
            return load(loader);
        } catch (IOException | UncheckedIOException | ServiceConfigurationError | LinkageError e) {
            Throwable cause = e instanceof ServiceConfigurationError && e.getCause() != null ? e.getCause() : e;
            throw new MissingException(cause instanceof IOException || cause instanceof UncheckedIOException
                    ? cause.getMessage()
                    : cause.toString(), e);
        }
    }

    private static Peer load(ClassLoader loader) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader); // some engines look for parts of themselves there
        try {
            return ServiceLoader.load(Peer.class, loader).stream()
                    .filter(provider -> provider.type().getClassLoader() == loader).findFirst().orElseThrow().get();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** The jars of a peer, built and fetched first if need be. */
    public static List<Path> classPath(String name, Optional<Checkout> checkout, Report report) throws IOException {
        Checkout here = checkout.orElseThrow(() -> new IOException("peers are built in a checkout of Lanewise"));
        Path project = here.peer(name);
        Path jar = project.resolve("target/peer.jar");
        Path dependencies = project.resolve("target/peer.classpath");
        if (!isCurrent(here, project, jar, dependencies)) {
            report.note("building and fetching the peer %s (the first time this takes a while)...", name);
            Maven.run(here.root(), "-f", here.root().resolve("bench/peers/pom.xml").toString(), "-pl",
                    project.getFileName().toString(),
                    "-Dmaven.test.skip=true", "package");
            Files.setLastModifiedTime(jar, FileTime.fromMillis(System.currentTimeMillis())); // Maven keeps an equal jar
        }
        List<Path> jars = new ArrayList<>(List.of(jar));
        jars.addAll(paths(dependencies));
        return jars;
    }

    /** Whether it is built from the sources and against the bench that are here now, and its dependencies are still there. */
    private static boolean isCurrent(Checkout checkout, Path project, Path jar, Path dependencies) throws IOException {
        if (!Files.exists(jar) || !Files.exists(dependencies)) {
            return false;
        }
        if (!paths(dependencies).stream().allMatch(Files::exists)) {
            return false;
        }
        FileTime built = Files.getLastModifiedTime(jar);
        try (Stream<Path> sources = Files.walk(project.resolve("src"))) {
            List<Path> inputs = Stream.concat(sources, Stream.of(project.resolve("pom.xml"),
                    project.resolveSibling("pom.xml"), checkout.benchJar())).toList();
            for (Path input : inputs) {
                if (Files.getLastModifiedTime(input).compareTo(built) > 0) {
                    return false;
                }
            }
        }
        return true;
    }

    private static List<Path> paths(Path dependencies) throws IOException {
        return Stream.of(Files.readString(dependencies).strip().split(File.pathSeparator))
                .filter(path -> !path.isEmpty()).map(Path::of).toList();
    }

    private static URL[] urls(List<Path> paths) throws IOException {
        URL[] urls = new URL[paths.size()];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = paths.get(i).toUri().toURL();
        }
        return urls;
    }
}
