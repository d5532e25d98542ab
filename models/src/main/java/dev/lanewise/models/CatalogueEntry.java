package dev.lanewise.models;

import dev.lanewise.spec.PoolingSpec;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A published model that can be asked for by name. Immutable.
 *
 * @param name what a user types instead of a path
 * @param purpose what it is for, in one line
 * @param licence its SPDX identifier
 * @param source the package it comes in
 * @param weights the file of the package that {@code convert} reads
 * @param tokenizer the file of the package that it needs beside the weights, if any
 * @param prompts what the publisher puts before a text, by name; empty for nothing
 * @param pooling what the publisher says about pooling, where the weights' own format has no place for it, or null
 */
public record CatalogueEntry(String name, String purpose, String licence, Source source, SourceFile weights,
        Optional<SourceFile> tokenizer, Map<String, String> prompts, PoolingSpec pooling) {

    /** Checks that nothing is missing; takes a copy. */
    public CatalogueEntry {
        Objects.requireNonNull(name);
        Objects.requireNonNull(purpose);
        Objects.requireNonNull(licence);
        Objects.requireNonNull(source);
        Objects.requireNonNull(weights);
        Objects.requireNonNull(tokenizer);
        prompts = Collections.unmodifiableMap(new LinkedHashMap<>(prompts));
    }

    /** The package a model comes in. Other kinds of registries become other kinds of sources. */
    public sealed interface Source {
        /** The package as its registry writes it. */
        String coordinates();

        /** The package's file: its name, size and checksum. */
        SourceFile file();
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
     * The files of the package that a conversion needs: the weights, and the tokenizer where there is one.
     *
     * @return the weights first
     */
    public List<SourceFile> files() {
        return tokenizer.map(file -> List.of(weights, file)).orElseGet(() -> List.of(weights));
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
