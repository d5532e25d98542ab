package dev.lanewise.weights;

import dev.lanewise.tensor.Code;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.writer.LaneWriter;
import dev.lanewise.writer.QuantizedRows;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.error.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the writer stores, the reader finds, element by element, whatever the type, layout and shape. */
class LaneRoundTripTest {
    private static final int[] SIZES = {1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100};

    @TempDir
    Path folder;

    @Test
    void everyTypeLayoutAndShapeRoundTrips() throws IOException {
        List<TensorInfo> tensors = new ArrayList<>();
        for (DataType type : DataType.values()) {
            for (int rows : SIZES) {
                if (type.fits(Layout.ROWS, rows)) {
                    tensors.add(new TensorInfo(name(type, "vector", rows, 0), type, Layout.ROWS, List.of(rows)));
                }
                for (int columns : IntStream.concat(IntStream.of(SIZES), IntStream.of(256, 416, 768)).toArray()) {
                    for (Layout layout : Layout.values()) {
                        if (type.fits(layout, columns)) {
                            tensors.add(new TensorInfo(name(type, layout.name(), rows, columns), type, layout,
                                    List.of(rows, columns)));
                        }
                    }
                }
            }
        }
        Path path = folder.resolve("all.lane");
        write(path, tensors);
        try (LaneFile file = LaneFile.open(path)) {
            file.verify();
            assertEquals(tensors.stream().map(TensorInfo::name).toList(), List.copyOf(file.directory().keySet()));
            for (TensorInfo tensor : tensors) {
                checkElements(tensor, file.tensor(tensor.name(), tensor.layout(), tensor.shape()));
            }
        }
    }

    private static void checkElements(TensorInfo tensor, MemorySegment data) {
        assertEquals(0, data.address() % 64, tensor.name());
        boolean panels = tensor.layout() == Layout.PANELS;
        int rows = panels ? TensorInfo.padded(tensor.rows()) : tensor.rows();
        int columns = panels ? tensor.columns() : TensorInfo.padded(tensor.columns());
        int floats = tensor.type() == DataType.INT8 ? rows * 8 : 0;
        assertEquals(tensor.type().bytes((long) rows * columns) + floats, data.byteSize(), tensor.name());
        float[] stored = new float[tensor.columns()];
        for (int row = 0; row < rows; row++) {
            if (isOfCodes(tensor) && row < tensor.rows()) {
                blocks(tensor).read(row, stored);
            }
            for (int column = 0; column < columns; column++) {
                float expected = row >= tensor.rows() || column >= tensor.columns()
                        ? 0
                        : isOfCodes(tensor)
                                ? stored[column]
                                : rounded(tensor.type(), original(tensor, row, column));
                assertEquals(expected, PackedElements.at(tensor, data, row, column),
                        isOfCodes(tensor) ? 0 : rounding(tensor.type()),
                        tensor.name() + " " + row + " " + column);
            }
        }
    }

    @Test
    void roundsToTheNearestWithTiesToEven() throws IOException {
        float[] values = {1f + 0x1p-8f, 1f + 0x3p-8f, 1f + 0x1p-8f + 0x1p-20f, -1f - 0x1p-8f, 0x1p-133f, 0x1p-134f,
                0x1.8p-133f, 0f, -0f, 0x1.FEp127f};
        float[] expected = {1f, 1f + 0x2p-7f, 1f + 0x1p-7f, -1f, 0x1p-133f, 0f, 0x1p-132f, 0f, -0f, 0x1.FEp127f};
        TensorInfo tensor = new TensorInfo("x", DataType.BF16, Layout.ROWS, List.of(values.length));
        Path path = folder.resolve("round.lane");
        try (LaneWriter writer = new LaneWriter(path, Metadata.builder().build(), List.of(tensor))) {
            writer.write((row, into) -> System.arraycopy(values, 0, into, 0, values.length));
            writer.finish();
        }
        try (LaneFile file = LaneFile.open(path)) {
            MemorySegment data = file.tensor("x", Layout.ROWS, List.of(values.length));
            float[] found = new float[values.length];
            for (int i = 0; i < found.length; i++) {
                found[i] = PackedElements.at(tensor, data, 0, i);
            }
            assertArrayEquals(expected, found);
        }
    }

    @Test
    void weightsWithoutFiniteValueAreRefusedAndLeaveNothing() throws IOException {
        for (DataType type : DataType.values()) {
            for (float bad : new float[]{Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                if (type.roundsFloats()) {
                    refused(type, bad);
                }
            }
            if (type.quantized()) {
                refusedBlocks(type);
            }
        }
        refused(DataType.F16, 65536f);
        refused(DataType.BF16, Float.MAX_VALUE);
        try (var files = Files.list(folder)) {
            assertEquals(List.of(), files.toList());
        }
    }

    private void refusedBlocks(DataType type) throws IOException {
        TensorInfo tensor = new TensorInfo("x", type, Layout.PANELS, List.of(40, 512));
        RandomBlocks sound = new RandomBlocks(type, 512, 1);
        try (LaneWriter writer = new LaneWriter(folder.resolve("bad.lane"), Metadata.builder().build(),
                List.of(tensor))) {
            String message = assertThrows(ArithmeticException.class, () -> writer.write(new QuantizedRows() {
                @Override
                public DataType type() {
                    return type;
                }

                @Override
                public void read(int row, float[] into) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public void readBlocks(int row, byte[] codes, byte[] scales, float[] floats) {
                    sound.readBlocks(row, codes, scales, floats);
                    if (row == 35 && floats.length > 0) {
                        floats[floats.length - 1] = Float.POSITIVE_INFINITY;
                    } else if (row == 35) {
                        scales[scales.length - 1] = (byte) (Code.LARGEST_EXPONENT + 1);
                    }
                }
            })).getMessage();
            assertTrue(message.contains("tensor x, row 35"), message);
        }
    }

    private void refused(DataType type, float bad) throws IOException {
        TensorInfo tensor = new TensorInfo("x", type, Layout.PANELS, List.of(40, 32));
        try (LaneWriter writer = new LaneWriter(folder.resolve("bad.lane"), Metadata.builder().build(),
                List.of(tensor))) {
            String message = assertThrows(ArithmeticException.class,
                    () -> writer.write((row, into) -> into[1] = row == 35 ? bad : 0)).getMessage();
            assertTrue(message.contains("tensor x, row 35"), message);
        }
    }

    @Test
    void metadataRoundTrips() throws IOException {
        Path path = folder.resolve("metadata.lane");
        TinyEncoder.write(path, DataType.F32);
        try (LaneFile file = LaneFile.open(path)) {
            MetadataValues.assertSame(TinyEncoder.metadata(), file.metadata());
        }
    }

    @Test
    void aFileWithoutTensorsIsSound() throws IOException {
        Path path = folder.resolve("empty.lane");
        try (LaneWriter writer = new LaneWriter(path, Metadata.builder().build(), List.of())) {
            writer.finish();
        }
        try (LaneFile file = LaneFile.open(path)) {
            file.verify();
            assertEquals(0, file.directory().size());
        }
    }

    @Test
    void missingAndOtherwiseShapedTensorsAreRefused() throws IOException {
        Path path = folder.resolve("tiny.lane");
        TinyEncoder.write(path, DataType.F32);
        try (LaneFile file = LaneFile.open(path)) {
            assertThrows(ModelFormatException.class, () -> file.tensor("no.such", Layout.ROWS, List.of(6)));
            assertThrows(ModelFormatException.class,
                    () -> file.tensor("embedding.norm.bias", Layout.ROWS, List.of(7)));
            assertThrows(ModelFormatException.class,
                    () -> file.tensor("embedding.token.weight", Layout.PANELS, List.of(9, 6)));
        }
    }

    private static void write(Path path, List<TensorInfo> tensors) throws IOException {
        try (LaneWriter writer = new LaneWriter(path, Metadata.builder().build(), tensors)) {
            for (TensorInfo tensor : tensors) {
                writer.write(isOfCodes(tensor) ? blocks(tensor) : (row, into) -> {
                    for (int column = 0; column < tensor.columns(); column++) {
                        into[column] = original(tensor, row, column);
                    }
                });
            }
            writer.finish();
        }
    }

    /** Whether it is written as codes: what floats are not rounded to, and half of what they are rounded to by the row. */
    private static boolean isOfCodes(TensorInfo tensor) {
        return !tensor.type().roundsFloats()
                || (tensor.type() == DataType.INT8 || tensor.type() == DataType.Q8_0) && tensor.rows() % 2 == 0;
    }

    private static RandomBlocks blocks(TensorInfo tensor) {
        return new RandomBlocks(tensor.type(), tensor.columns(), tensor.name().hashCode());
    }

    private static float original(TensorInfo tensor, int row, int column) {
        return new Random(tensor.name().hashCode() + row * 1009L + column).nextFloat() * 4 - 2;
    }

    private static float rounded(DataType type, float x) {
        return switch (type) {
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(x));
            case BF16 -> {
                int below = Float.floatToRawIntBits(x) >> 16 << 16;
                float down = Math.abs(x - Float.intBitsToFloat(below));
                float up = Math.abs(Float.intBitsToFloat(below + 0x10000) - x);
                boolean isOdd = (below & 0x10000) != 0;
                yield Float.intBitsToFloat(down < up || down == up && !isOdd ? below : below + 0x10000);
            }
            default -> x;
        };
    }

    /** How far a number from -2 to 2 may be from what was written: half a step, as the scale is rounded too a little more, a whole one at the
     * short end of Q4_0. */
    private static float rounding(DataType type) {
        return switch (type) {
            case Q8_0 -> 2f / 127 * 0.6f;
            case INT8 -> 2f / 127 * 0.51f;
            case Q4_0 -> 2f / 8 * 1.01f;
            case Q4_1 -> 4f / 15 * 0.51f;
            default -> 0;
        };
    }

    private static String name(DataType type, String kind, int rows, int columns) {
        return (type + "." + kind + "." + rows + "." + columns).toLowerCase(java.util.Locale.ROOT);
    }
}
