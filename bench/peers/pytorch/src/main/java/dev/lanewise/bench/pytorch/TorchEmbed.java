package dev.lanewise.bench.pytorch;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.lanewise.bench.peer.EmbedTask;
import dev.lanewise.bench.peer.Work;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.writer.TensorRows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** The encoder on given batches, with the weights of the ONNX graph. */
final class TorchEmbed implements Work {
    private final EmbedTask task;
    private final Script whole; // for batches without padding
    private final Script padded;
    private final IValue weights;
    private final List<IValue[]> inputs = new ArrayList<>(); // [batches]
    private final Script[] scripts; // [batches]
    private final IValue[] outputs; // [batches], [texts][width] each

    TorchEmbed(Engine engine, EmbedTask task) throws IOException {
        this.task = task;
        try (ModelSource source = ModelSource.open(task.onnx())) {
            TransformerSpec spec = source.spec();
            whole = new Script(engine, TorchEncoder.PARAMETERS, TorchEncoder.source(spec, false));
            padded = new Script(engine, TorchEncoder.PARAMETERS, TorchEncoder.source(spec, true));
            List<PtNDArray> tensors = new ArrayList<>();
            for (TensorInfo info : spec.tensors(dev.lanewise.tensor.DataType.F32).toList()) {
                tensors.add(tensor(whole.manager(), info, source.rows(info.name())));
            }
            weights = IValue.listFrom(tensors.toArray(PtNDArray[]::new));
        }
        for (int[] batch : task.batches()) {
            Shape shape = new Shape(batch.length, task.length(batch));
            NDArray ids = whole.manager().create(task.ids(batch), shape);
            NDArray mask = whole.manager().create(task.mask(batch), shape).toType(DataType.BOOLEAN, false);
            inputs.add(new IValue[]{IValue.from((PtNDArray) ids), IValue.from((PtNDArray) mask), weights});
        }
        outputs = new IValue[task.batches().size()];
        scripts = task.batches().stream()
                .map(batch -> LongStream.of(task.mask(batch)).allMatch(bit -> bit == 1) ? whole : padded)
                .toArray(Script[]::new);
    }

    private static PtNDArray tensor(PtNDManager manager, TensorInfo info, TensorRows rows) throws IOException {
        float[] all = new float[info.rows() * info.columns()];
        float[] row = new float[TensorInfo.padded(info.columns())];
        for (int i = 0; i < info.rows(); i++) {
            rows.read(i, row);
            System.arraycopy(row, 0, all, i * info.columns(), info.columns());
        }
        return (PtNDArray) manager.create(all,
                new Shape(info.shape().stream().mapToLong(Integer::longValue).toArray()));
    }

    @Override
    public void run() {
        for (int i = 0; i < outputs.length; i++) {
            if (outputs[i] != null) {
                outputs[i].close();
            }
            outputs[i] = scripts[i].run(inputs.get(i));
        }
    }

    @Override
    public float[] result() {
        float[] vectors = null; // [texts][width]
        for (int i = 0; i < outputs.length; i++) {
            int[] batch = task.batches().get(i);
            float[] some = outputs[i].toTensor(whole.manager()).toFloatArray();
            int width = some.length / batch.length;
            vectors = vectors == null ? new float[task.texts().length * width] : vectors;
            for (int text = 0; text < batch.length; text++) {
                System.arraycopy(some, text * width, vectors, batch[text] * width, width);
            }
        }
        return vectors;
    }

    @Override
    public void close() {
        for (IValue[] each : inputs) {
            each[0].close();
            each[1].close();
        }
        weights.close();
        padded.close();
        whole.close();
    }
}
