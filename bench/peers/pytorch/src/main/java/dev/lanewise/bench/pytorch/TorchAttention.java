package dev.lanewise.bench.pytorch;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import dev.lanewise.bench.peer.AttentionTask;
import dev.lanewise.bench.peer.Work;
import java.io.IOException;

/** {@code torch.nn.functional.scaled_dot_product_attention}, which on the processor is a fused one, too. */
final class TorchAttention implements Work {
    private static final String PARAMETERS = "q: Tensor, k: Tensor, v: Tensor";
    private static final String BODY = "return torch.scaled_dot_product_attention(q, k, v, None, 0., %s)\n";

    private final Script script;
    private final AttentionTask task;
    private final IValue[] inputs; // [1][heads][length][headSize] each
    private IValue output;

    TorchAttention(Engine engine, AttentionTask task) throws IOException {
        this.task = task;
        script = new Script(engine, PARAMETERS, BODY.formatted(task.causal() ? "True" : "False"));
        inputs = new IValue[]{input(task.q()), input(task.k()), input(task.v())};
    }

    /** Heads first and side by side in memory, which suits it best. */
    private IValue input(float[] x) {
        NDArray array = script.manager().create(x, new Shape(1, task.length(), task.heads(), task.headSize()));
        return IValue.from((PtNDArray) array.transpose(0, 2, 1, 3).mul(1));
    }

    @Override
    public void run() {
        if (output != null) {
            output.close();
        }
        output = script.run(inputs);
    }

    @Override
    public float[] result() {
        return output.toTensor(script.manager()).transpose(0, 2, 1, 3).toFloatArray();
    }

    @Override
    public void close() {
        for (IValue input : inputs) {
            input.close();
        }
        script.close();
    }
}
