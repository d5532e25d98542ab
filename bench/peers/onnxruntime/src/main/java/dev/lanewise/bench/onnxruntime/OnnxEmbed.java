package dev.lanewise.bench.onnxruntime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.lanewise.bench.peer.EmbedTask;
import dev.lanewise.bench.peer.Work;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The graph on given batches, then mean pooling in Java, as the graph ends before it. Inputs and outputs are tensors made
 * beforehand, so that a run copies and allocates as little as this API can.
 */
final class OnnxEmbed implements Work {
    private final OrtSession session;
    private final boolean owner;
    private final EmbedTask task;
    private final int width;
    private final String outputName;
    private final List<Batch> batches = new ArrayList<>();
    private final float[] vectors; // [texts][width]

    /**
     * One call of the graph.
     *
     * @param texts which texts
     * @param length what they are padded to
     * @param hidden {@code [texts][length][width]}
     */
    private record Batch(int[] texts, int length, Map<String, OnnxTensor> inputs, FloatBuffer hidden,
            Map<String, OnnxTensor> outputs) {}

    /** @param owner whether the session ends with it */
    OnnxEmbed(OrtEnvironment environment, OrtSession session, EmbedTask task, boolean owner) throws OrtException {
        this.session = session;
        this.owner = owner;
        this.task = task;
        outputName = session.getOutputNames().iterator().next();
        long[] shape = ((TensorInfo) session.getOutputInfo().get(outputName).getInfo()).getShape();
        width = (int) shape[shape.length - 1];
        vectors = new float[task.texts().length * width];
        for (int[] texts : task.batches()) {
            int length = task.length(texts);
            long[] inputShape = {texts.length, length};
            Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
            inputs.put("input_ids", tensor(environment, task.ids(texts), inputShape));
            inputs.put("attention_mask", tensor(environment, task.mask(texts), inputShape));
            if (session.getInputNames().contains("token_type_ids")) {
                inputs.put("token_type_ids", tensor(environment, new long[texts.length * length], inputShape));
            }
            ByteBuffer room = ByteBuffer.allocateDirect(4 * texts.length * length * width)
                    .order(ByteOrder.nativeOrder());
            OnnxTensor output = OnnxTensor.createTensor(environment, room, new long[]{texts.length, length, width},
                    OnnxJavaType.FLOAT);
            batches.add(new Batch(texts, length, inputs, room.asFloatBuffer(), Map.of(outputName, output)));
        }
    }

    private static OnnxTensor tensor(OrtEnvironment environment, long[] values, long[] shape) throws OrtException {
        LongBuffer room = ByteBuffer.allocateDirect(8 * values.length).order(ByteOrder.nativeOrder()).asLongBuffer();
        room.put(values).flip();
        return OnnxTensor.createTensor(environment, room, shape);
    }

    @Override
    public void run() throws OrtException {
        for (Batch batch : batches) {
            session.run(batch.inputs(), batch.outputs()).close();
            for (int i = 0; i < batch.texts().length; i++) {
                int text = batch.texts()[i];
                pool(batch.hidden(), i * batch.length() * width, task.texts()[text].length, text * width);
            }
        }
    }

    /** Mean over the tokens, padding left out, then to length 1. */
    private void pool(FloatBuffer hidden, int from, int tokens, int to) {
        for (int d = 0; d < width; d++) {
            vectors[to + d] = 0;
        }
        for (int t = 0; t < tokens; t++) {
            for (int d = 0; d < width; d++) {
                vectors[to + d] += hidden.get(from + t * width + d);
            }
        }
        double squares = 0;
        for (int d = 0; d < width; d++) {
            squares += (double) vectors[to + d] * vectors[to + d];
        }
        float factor = (float) (1 / Math.sqrt(squares)); // the division by the number of tokens cancels out
        for (int d = 0; d < width; d++) {
            vectors[to + d] *= factor;
        }
    }

    @Override
    public float[] result() {
        return vectors.clone();
    }

    @Override
    public void close() {
        for (Batch batch : batches) {
            batch.inputs().values().forEach(OnnxTensor::close);
            batch.outputs().values().forEach(OnnxTensor::close);
        }
        try {
            if (owner) {
                session.close();
            }
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }
}
