package dev.lanewise.bench.scenario;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tools.convert.LaneRows;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LlamaFolderTest {
    @TempDir
    Path folder;

    /** The converter, which reads what its publishers write, finds in it what it was written of. */
    @Test
    void aFolder_isTheModel() throws IOException {
        Path lane = TinyDecoder.write(folder.resolve("tiny.lane"));
        Path written = new DecoderFiles(folder.resolve("none.gguf"), lane).folder();
        Files.delete(written.resolve("tokenizer.json")); // it stands for none
        try (ModelSource source = ModelSource.open(written); LaneFile file = LaneFile.open(lane)) {
            TransformerSpec spec = TransformerSpec.read(file.metadata());
            assertEquals(spec.stack(), source.spec().stack());
            assertEquals(spec.output(), source.spec().output());
            for (TensorInfo tensor : spec.tensors(DataType.F32).toList()) {
                LaneRows expected = new LaneRows(file, tensor.name(), tensor.layout(), tensor.shape());
                float[] a = new float[tensor.columns()];
                float[] b = new float[tensor.columns()];
                for (int row = 0; row < tensor.rows(); row++) {
                    expected.read(row, a);
                    source.rows(tensor.name()).read(row, b);
                    assertArrayEquals(a, b, tensor.name());
                }
            }
        }
    }

    @Test
    void anotherKind_isNotWritten() throws IOException {
        Path lane = TinyModel.write(folder.resolve("encoder.lane"));
        assertThrows(IOException.class, () -> new DecoderFiles(folder.resolve("none.gguf"), lane).folder());
    }
}
