package dev.lanewise.bench.pytorch;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lanewise.bench.peer.ProductTask;
import dev.lanewise.bench.peer.Work;

/** {@code torch.matmul} with weights as a linear layer has them: {@code [outputs][inputs]}, seen transposed. */
final class TorchProduct implements Work {
    private final NDManager manager;
    private final NDArray x; // [rows][inputs]
    private final NDArray w; // [inputs][outputs], a view
    private NDArray y; // [rows][outputs]

    TorchProduct(Engine engine, ProductTask task) {
        manager = engine.newBaseManager();
        x = manager.create(task.x(), new Shape(task.rows(), task.inputs()));
        w = manager.create(task.w(), new Shape(task.outputs(), task.inputs())).transpose();
    }

    @Override
    public void run() {
        if (y != null) {
            y.close();
        }
        y = x.matMul(w);
    }

    @Override
    public float[] result() {
        return y.toFloatArray();
    }

    @Override
    public void close() {
        manager.close();
    }
}
