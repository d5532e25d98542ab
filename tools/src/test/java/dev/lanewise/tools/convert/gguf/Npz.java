package dev.lanewise.tools.convert.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Reads the arrays of a NumPy archive; those of little-endian floats in the order of rows, version 1 of the format. */
public final class Npz {
    private Npz() {}

    /** The elements of each array, by its name. */
    public static Map<String, float[]> read(Path path) throws IOException {
        Map<String, float[]> arrays = new LinkedHashMap<>();
        try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(path))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                arrays.put(entry.getName().replace(".npy", ""), floats(zip.readAllBytes()));
            }
        }
        return arrays;
    }

    private static float[] floats(byte[] npy) {
        ByteBuffer bytes = ByteBuffer.wrap(npy).order(ByteOrder.LITTLE_ENDIAN);
        int header = bytes.getShort(8);
        String description = new String(npy, 10, header, StandardCharsets.ISO_8859_1);
        if (!description.contains("'descr': '<f4', 'fortran_order': False")) {
            throw new IllegalArgumentException(description);
        }
        float[] values = new float[(npy.length - 10 - header) / 4];
        bytes.position(10 + header).slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }
}
