package dev.lanewise.tools.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Archives as tar writes them: names, sizes, what is no file, and what is no archive. */
class TarInputStreamTest {

    @Test
    void filesComeInTurnWithTheirContent() throws IOException {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        put(archive, "", "folder/", '5', "");
        put(archive, "", "PaxHeader", 'x', "30 mtime=1.5\n");
        put(archive, "", "folder/empty", '0', "");
        put(archive, "", "folder/a", '0', "x".repeat(512));
        put(archive, "", "old", '\0', "y".repeat(513));
        put(archive, "very/long", "b", '0', "z");
        archive.write(new byte[1024]);
        try (TarInputStream tar = open(archive.toByteArray())) {
            assertEquals("folder/empty", tar.next());
            assertEquals(-1, tar.read());
            assertEquals("folder/a", tar.next());
            assertEquals("x".repeat(512), new String(tar.readAllBytes(), StandardCharsets.US_ASCII));
            assertEquals("old", tar.next());
            assertEquals('y', tar.read()); // and the rest is passed over
            assertEquals("very/long/b", tar.next());
            assertEquals("z", new String(tar.readAllBytes(), StandardCharsets.US_ASCII));
            assertNull(tar.next());
        }
    }

    @Test
    void anArchiveThatWasCutShortIsNoticed() throws IOException {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        put(archive, "", "a", '0', "x".repeat(600));
        for (int length : new int[]{0, 1, 511, 512, 600, 1100, 1535}) {
            assertThrows(EOFException.class, () -> {
                try (TarInputStream tar = open(Arrays.copyOf(archive.toByteArray(), length))) {
                    tar.next();
                    tar.readAllBytes();
                    tar.next();
                }
            }, length + " bytes");
        }
    }

    @Test
    void aSizeThatIsNoNumberIsRefused() {
        byte[] other = "something else ".repeat(64).getBytes(StandardCharsets.US_ASCII);
        assertThrows(IOException.class, () -> open(other).next());
    }

    private static TarInputStream open(byte[] archive) {
        return new TarInputStream(new ByteArrayInputStream(archive));
    }

    private static void put(ByteArrayOutputStream archive, String prefix, String name, char type, String content)
            throws IOException {
        byte[] bytes = content.getBytes(StandardCharsets.US_ASCII);
        byte[] file = new byte[512 + (bytes.length + 511) / 512 * 512];
        text(file, 0, name);
        text(file, 124, String.format("%011o", bytes.length));
        file[156] = (byte) type;
        text(file, 345, prefix);
        System.arraycopy(bytes, 0, file, 512, bytes.length);
        archive.write(file);
    }

    private static void text(byte[] header, int at, String text) {
        System.arraycopy(text.getBytes(StandardCharsets.US_ASCII), 0, header, at, text.length());
    }
}
