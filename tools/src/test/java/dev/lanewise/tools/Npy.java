package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Arrays that NumPy has written. */
public final class Npy {
    private Npy() {}

    /** A file of little-endian floats, version 1. */
    public static float[] floats(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int header = bytes.getShort(8);
        assertTrue(new String(bytes.array(), 10, header).contains("'descr': '<f4', 'fortran_order': False"));
        float[] values = new float[(bytes.capacity() - 10 - header) / 4];
        bytes.position(10 + header).slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }
}
