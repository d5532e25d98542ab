package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.lanewise.Embedder;
import dev.lanewise.Model;
import dev.lanewise.tensor.DataType;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A second truth: ONNX Runtime on the original graph, random ids and types of many lengths. */
class OnnxRuntimeTest {

    @Test
    void hiddenStates_equalOnnxRuntime_onRandomInputs() throws IOException, OrtException {
        Random random = new Random(20261122);
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(MiniLm.onnx().toString(), new OrtSession.SessionOptions());
                Model model = Model.open(MiniLm.lane(DataType.F32))) {
            Embedder embedder = model.embedder();
            for (int length : new int[]{1, 2, 3, 7, 8, 9, 16, 31, 33, 64, 127, 129, 300, 512}) {
                int[] ids = random.ints(length, 0, model.vocabulary()).toArray();
                int[] types = random.ints(length, 0, 2).toArray();
                float[][] expected = run(environment, session, ids, types);
                float[] found = embedder.hiddenStates(ids, types);
                for (int i = 0; i < found.length; i++) {
                    assertEquals(expected[i / 384][i % 384], found[i], 2e-4f, length + " tokens, element " + i);
                }
            }
        }
    }

    private static float[][] run(OrtEnvironment environment, OrtSession session, int[] ids, int[] types)
            throws OrtException {
        long[] ones = new long[ids.length];
        Arrays.fill(ones, 1);
        try (OnnxTensor input = row(environment, Arrays.stream(ids).asLongStream().toArray());
                OnnxTensor mask = row(environment, ones);
                OnnxTensor type = row(environment, Arrays.stream(types).asLongStream().toArray());
                OrtSession.Result result = session.run(
                        Map.of("input_ids", input, "attention_mask", mask, "token_type_ids", type))) {
            return ((float[][][]) result.get(0).getValue())[0];
        }
    }

    private static OnnxTensor row(OrtEnvironment environment, long[] values) throws OrtException {
        return OnnxTensor.createTensor(environment, new long[][]{values});
    }
}
