package dev.lanewise.bench.scenario;

import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.LaneWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Models whose weights are random numbers, always the same. */
final class RandomWeights {
    private RandomWeights() {}

    static Path write(Path file, TransformerSpec spec, Metadata metadata) throws IOException {
        Random random = new Random(1);
        List<TensorInfo> tensors = spec.tensors(DataType.F32).toList();
        try (LaneWriter writer = new LaneWriter(file, metadata, tensors)) {
            for (TensorInfo tensor : tensors) {
                writer.write((_, into) -> {
                    for (int i = 0; i < tensor.columns(); i++) {
                        into[i] = random.nextFloat();
                    }
                });
            }
            writer.finish();
        }
        return file;
    }
}
