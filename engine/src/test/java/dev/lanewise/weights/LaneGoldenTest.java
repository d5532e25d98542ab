package dev.lanewise.weights;

import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tensor.DataType;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files that version 1 wrote are read for ever. The files are never written anew; {@link TinyEncoder} tells their content. */
class LaneGoldenTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"F32", "BF16", "F16"})
    void filesOfVersionOneAreRead(DataType type) throws IOException {
        Path path = folder.resolve("golden.lane");
        try (InputStream in = LaneGoldenTest.class.getResourceAsStream("/golden/" + TinyEncoder.goldenName(type))) {
            Files.copy(in, path);
        }
        try (LaneFile file = LaneFile.open(path)) {
            file.verify();
            MetadataValues.assertSame(TinyEncoder.metadata(), file.metadata());
            TransformerSpec spec = TransformerSpec.read(file.metadata());
            assertEquals(TinyEncoder.spec(), spec);
            assertEquals(TinyEncoder.VOCABULARY.length, Tokenizer.read(file.metadata().reader("tokenizer.")).size());
            assertEquals(spec.tensorCount(), file.directory().size());
            for (TensorInfo tensor : spec.tensors(type).toList()) {
                MemorySegment data = file.tensor(tensor.name(), tensor.layout(), tensor.shape());
                assertEquals(tensor, file.directory().get(tensor.name()).info());
                for (int row = 0; row < tensor.rows(); row++) {
                    for (int column = 0; column < tensor.columns(); column++) {
                        assertEquals(TinyEncoder.weight(tensor.name(), row, column),
                                PackedElements.at(tensor, data, row, column), tensor.name());
                    }
                }
            }
        }
    }

    /** As long as the version is the same, so are the bytes: what is written today, every release since can read. */
    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"F32", "BF16", "F16"})
    void theWriterStillWritesTheSameBytes(DataType type) throws IOException {
        Path path = folder.resolve("now.lane");
        TinyEncoder.write(path, type);
        try (InputStream in = LaneGoldenTest.class.getResourceAsStream("/golden/" + TinyEncoder.goldenName(type))) {
            assertArrayEquals(in.readAllBytes(), Files.readAllBytes(path));
        }
    }
}
