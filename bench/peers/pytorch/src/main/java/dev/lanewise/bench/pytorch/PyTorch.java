package dev.lanewise.bench.pytorch;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import dev.lanewise.bench.peer.AttentionTask;
import dev.lanewise.bench.peer.EmbedTask;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.ProductTask;
import dev.lanewise.bench.peer.Work;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;

/** PyTorch on the processor, float32. Its libraries come from their packages and are unpacked beside this peer's jar. */
public final class PyTorch implements Peer {
    private final Engine engine;

    /** For the service loader; loads the native libraries. */
    public PyTorch() throws URISyntaxException {
        Path here = Path.of(PyTorch.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        setIfAbsent("ENGINE_CACHE_DIR", here.resolveSibling("libraries").toString());
        setIfAbsent("ai.djl.offline", "true");
        setIfAbsent("ai.djl.pytorch.num_interop_threads", "1");
        engine = Engine.getEngine("PyTorch");
    }

    private static void setIfAbsent(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }

    @Override
    public String title() {
        return "PyTorch " + engine.getVersion() + " (DJL, CPU)";
    }

    @Override
    public Optional<Work> embed(EmbedTask task, int threads) throws IOException {
        JniUtils.setNumThreads(threads);
        return Optional.of(new TorchEmbed(engine, task));
    }

    @Override
    public Optional<Work> product(ProductTask task, int threads) {
        JniUtils.setNumThreads(threads);
        return Optional.of(new TorchProduct(engine, task));
    }

    @Override
    public Optional<Work> attention(AttentionTask task, int threads) throws IOException {
        JniUtils.setNumThreads(threads);
        return Optional.of(new TorchAttention(engine, task));
    }
}
