package dev.lanewise.tools.cache;

import dev.lanewise.tools.convert.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The content of a set of files as one checksum. Reading gigabytes at every run would take longer than the work itself, so the
 * checksum is remembered together with every file's size, time and identity, and taken from there as long as none of these
 * has changed.
 */
final class Fingerprint {
    /** A file changed within the tick of its clock keeps its time: one that is younger than this is read every time. */
    private static final Duration SETTLED = Duration.ofSeconds(2);

    private final Path memory;

    /** @param memory the folder to remember checksums in */
    Fingerprint(Path memory) {
        this.memory = memory;
    }

    /**
     * The checksum over names and contents.
     *
     * @param root what the files' names are relative to
     * @param files all that matter, in a stable order
     */
    String of(Path root, List<Path> files) throws IOException {
        Instant settled = Instant.now().minus(SETTLED);
        StringBuilder listing = new StringBuilder(root.toAbsolutePath().normalize() + "\n");
        boolean lasting = true;
        for (Path file : files) {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            FileTime time = attributes.lastModifiedTime();
            lasting &= time.toInstant().isBefore(settled);
            listing.append(attributes.size()).append(' ').append(time).append(' ').append(attributes.fileKey())
                    .append(' ').append(file).append('\n');
        }
        Path record = memory.resolve(Sha256.of(listing.toString()));
        String known = lasting ? read(record) : null;
        if (known != null) {
            return known;
        }
        String checksum = compute(root, files);
        if (lasting) {
            write(record, checksum);
        }
        return checksum;
    }

    private static String compute(Path root, List<Path> files) throws IOException {
        StringBuilder contents = new StringBuilder();
        for (Path file : files) {
            contents.append(Sha256.of(file)).append(' ').append(root.relativize(file)).append('\n');
        }
        return Sha256.of(contents.toString());
    }

    private static String read(Path record) throws IOException {
        try {
            String checksum = Files.readString(record, StandardCharsets.ISO_8859_1);
            return checksum.matches("[0-9a-f]{64}") ? checksum : null;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private void write(Path record, String checksum) throws IOException {
        Files.createDirectories(memory);
        Path part = Files.createTempFile(memory, "new", ".part");
        try {
            Files.writeString(part, checksum, StandardCharsets.ISO_8859_1);
            Files.move(part, record, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
