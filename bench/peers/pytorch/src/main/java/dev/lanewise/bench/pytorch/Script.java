package dev.lanewise.bench.pytorch;

import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript module without weights, made from the source of its one method: the way to operators that DJL's arrays do
 * not have. The archive is what {@code torch.jit.save} writes (torch/csrc/jit/docs/serialization.md): a zip of code and
 * pickles.
 */
final class Script implements AutoCloseable {
    /** Objects of class Script of package __torch__, in the pickle format 2: no attributes but training = False. */
    private static final String OBJECT = "\u0080\u0002c__torch__\nScript\n)\u0081}(X\u0008\0\0\0training\u0089ub.";
    /** An empty tuple. */
    private static final String NOTHING = "\u0080\u0002).";
    private static final String HEAD = """
            class Script(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
              def forward(self: __torch__.Script,
                %s) -> Tensor:
            """;
    private static final String VERSION = "10\n";

    private final PtNDManager manager;
    private final PtSymbolBlock block;

    /**
     * @param parameters of the method, with their types
     * @param body of the method, a statement a line, the last of them a return
     */
    Script(Engine engine, String parameters, String body) throws IOException {
        manager = (PtNDManager) engine.newBaseManager();
        String code = HEAD.formatted(parameters) + body.indent(4);
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(archive)) {
            put(zip, "data.pkl", OBJECT);
            put(zip, "code/__torch__.py", code);
            put(zip, "constants.pkl", NOTHING);
            put(zip, "version", VERSION);
        }
        block = JniUtils.loadModule(manager, new ByteArrayInputStream(archive.toByteArray()), false, false);
    }

    private static void put(ZipOutputStream zip, String name, String bytes) throws IOException {
        zip.putNextEntry(new ZipEntry("script/" + name));
        zip.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        zip.closeEntry();
    }

    PtNDManager manager() {
        return manager;
    }

    /** Runs the method; the caller closes what it returns. */
    IValue run(IValue... inputs) {
        return IValueUtils.forward(block, inputs);
    }

    @Override
    public void close() {
        block.close();
        manager.close();
    }
}
