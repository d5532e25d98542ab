package dev.lanewise.tools.convert;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A matrix as NumPy stores it: little-endian 32- or 64-bit floats of two dimensions, or of three with the first 1.
 *
 * @param rows how many
 * @param columns how many
 * @param values {@code [rows][columns]}
 */
public record NpyFile(int rows, int columns, float[] values) {
    private static final long MAGIC = 0x59504D554E93L; // 0x93 "NUMPY"
    private static final long LARGEST = 256 << 20;
    private static final Pattern HEADER = Pattern.compile("\\{'descr': '<f([48])', 'fortran_order': (False|True),"
            + " 'shape': \\((?:1, )?(\\d{1,9}), (\\d{1,9}),?\\), *\\}\\s*");

    /**
     * Reads it.
     *
     * @throws ModelFormatException if it is none
     * @throws UnsupportedModelException if it is one of another kind
     */
    public static NpyFile read(Path file) throws IOException {
        String name = file.toString();
        try (MappedFile mapped = MappedFile.open(file)) {
            long size = mapped.size();
            if (size > LARGEST) {
                throw new ModelFormatException(name, -1, "file size", "at most " + LARGEST + " bytes",
                        Long.toString(size));
            }
            ByteBuffer in = mapped.bytes().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
            if (size < 12 || (in.getLong(0) & 0xFFFFFFFFFFFFL) != MAGIC || in.get(6) < 1 || in.get(6) > 3) {
                throw new ModelFormatException(name, 0, "header", "an array of NumPy, version 1 to 3",
                        "something else");
            }
            int start = in.get(6) == 1 ? 10 : 12;
            long end = start + (in.get(6) == 1 ? in.getShort(8) & 0xFFFFL : in.getInt(8) & 0xFFFFFFFFL);
            if (end > size) {
                throw new ModelFormatException(name, 8, "length of the header", "within the file", Long.toString(end));
            }
            byte[] header = new byte[(int) end - start];
            in.get(start, header);
            String text = new String(header, StandardCharsets.ISO_8859_1);
            Matcher matcher = HEADER.matcher(text);
            if (!matcher.matches()) {
                throw new UnsupportedModelException(name + ": an array of " + Json.printable(text.strip(), 200)
                        + "; supported are matrices of <f4 or <f8");
            }
            int bytes = Integer.parseInt(matcher.group(1));
            boolean byColumns = matcher.group(2).equals("True");
            int rows = Integer.parseInt(matcher.group(3));
            int columns = Integer.parseInt(matcher.group(4));
            if (rows == 0 || columns == 0 || (long) rows * columns * bytes != size - end) {
                throw new ModelFormatException(name, end, "elements",
                        rows + " x " + columns + " of " + bytes + " bytes",
                        size - end + " bytes");
            }
            float[] values = new float[rows * columns];
            for (int i = 0; i < values.length; i++) {
                int stored = byColumns ? i % columns * rows + i / columns : i;
                int at = (int) end + stored * bytes;
                values[i] = bytes == 4 ? in.getFloat(at) : (float) in.getDouble(at);
            }
            return new NpyFile(rows, columns, values);
        }
    }
}
