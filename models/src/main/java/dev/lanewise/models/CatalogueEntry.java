package dev.lanewise.models;

import dev.lanewise.spec.PoolingSpec;
import java.io.FileNotFoundException;
import java.io.InputStream;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A published model that can be asked for by name. Immutable.
 *
 * @param name what a user types instead of a path
 * @param purpose what it is for, in one line
 * @param licence its SPDX identifier
 * @param source the package it comes in, or the packages
 * @param weights the file of the package that {@code convert} reads
 * @param parts the files of the packages that it is made of, one behind the other; empty where it comes whole
 * @param tokenizer the file of the package that it needs beside the weights, if any
 * @param others further files that it needs there
 * @param prompts what the publisher puts before a text, by name; empty for nothing
 * @param pooling what the publisher says about pooling, where the weights' own format has no place for it, or null
 */
public record CatalogueEntry(String name, String purpose, String licence, Source source, SourceFile weights,
        List<SourceFile> parts, Optional<SourceFile> tokenizer, List<SourceFile> others, Map<String, String> prompts,
        PoolingSpec pooling) {

    /** Checks that nothing is missing; takes a copy. */
    public CatalogueEntry {
        Objects.requireNonNull(name);
        Objects.requireNonNull(purpose);
        Objects.requireNonNull(licence);
        Objects.requireNonNull(source);
        Objects.requireNonNull(weights);
        parts = List.copyOf(parts);
        Objects.requireNonNull(tokenizer);
        others = List.copyOf(others);
        prompts = Collections.unmodifiableMap(new LinkedHashMap<>(prompts));
    }

    /** The package a model comes in. Other kinds of registries become other kinds of sources. */
    public sealed interface Source {
        /** The package as its registry writes it; several with spaces between them. */
        String coordinates();

        /** The file of each package: its name, size and checksum. */
        List<SourceFile> packages();
    }

    /**
     * A jar of a Maven repository.
     *
     * @param group its group
     * @param artifact its artifact
     * @param version its version
     * @param file the jar
     */
    public record MavenArtifact(String group, String artifact, String version, SourceFile file) implements Source {
        @Override
        public String coordinates() {
            return group + ":" + artifact + ":" + version;
        }

        @Override
        public List<SourceFile> packages() {
            return List.of(file);
        }
    }

    /**
     * A source distribution of PyPI, an archive of kind tar.gz.
     *
     * @param project its name there
     * @param version its version
     * @param file the archive
     */
    public record PythonSource(String project, String version, SourceFile file) implements Source {
        @Override
        public String coordinates() {
            return project + "==" + version;
        }

        @Override
        public List<SourceFile> packages() {
            return List.of(file);
        }
    }

    /**
     * Wheels of PyPI: a package has a greatest size there, so that large models come in several.
     *
     * @param wheels each of them
     */
    public record PythonWheels(List<Wheel> wheels) implements Source {
        /** @throws IllegalArgumentException if there is none */
        public PythonWheels {
            wheels = List.copyOf(wheels);
            if (wheels.isEmpty()) {
                throw new IllegalArgumentException("no wheel");
            }
        }

        /**
         * One of them.
         *
         * @param project its name
         * @param version its version
         * @param file the wheel, an archive of kind zip
         */
        public record Wheel(String project, String version, SourceFile file) {}

        @Override
        public String coordinates() {
            return wheels.stream().map(wheel -> wheel.project() + "==" + wheel.version())
                    .collect(Collectors.joining(" "));
        }

        @Override
        public List<SourceFile> packages() {
            return wheels.stream().map(Wheel::file).toList();
        }
    }

    /** No package: the files are in this jar, see {@link #open}. */
    public record Included() implements Source {
        @Override
        public String coordinates() {
            return "included";
        }

        @Override
        public List<SourceFile> packages() {
            return List.of();
        }
    }

    /**
     * A file and how to know that it is the right one.
     *
     * @param path its name, within its package where it is in one
     * @param bytes its size
     * @param sha256 its SHA-256, 64 hexadecimal digits in lower case
     */
    public record SourceFile(String path, long bytes, String sha256) {
        /** Checks the form of the checksum. */
        public SourceFile {
            Objects.requireNonNull(path);
            if (bytes <= 0 || !sha256.matches("[0-9a-f]{64}")) {
                throw new IllegalArgumentException(path + ": " + bytes + " bytes, SHA-256 " + sha256);
            }
        }
    }

    /**
     * The files of the packages that a conversion needs: the weights or their parts, the tokenizer where there is one, and the
     * others.
     *
     * @return the weights first
     */
    public List<SourceFile> files() {
        return Stream.of(parts.isEmpty() ? Stream.of(weights) : parts.stream(), tokenizer.stream(), others.stream())
                .flatMap(files -> files).toList();
    }

    /**
     * Opens a file of a model whose source is {@link Included}.
     *
     * @throws FileNotFoundException if it is none
     */
    public InputStream open(SourceFile file) throws FileNotFoundException {
        return Catalogue.open(file.path());
    }

    /** The vectors that this model must give for a few texts; none of a model that generates. Read anew at every call. */
    public List<GoldenEmbedding> goldenEmbeddings() {
        return Catalogue.readGoldenEmbeddings(name);
    }

    /** How this model must go on from a few texts; none of a model that does not generate. Read anew at every call. */
    public List<GoldenContinuation> goldenContinuations() {
        return Catalogue.readGoldenContinuations(name);
    }
}
