package dev.lanewise.bench.onnxruntime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.lanewise.bench.peer.EmbedTask;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** ONNX Runtime with all its optimisations, on the processor. */
public final class OnnxRuntime implements Peer {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();

    /** For the service loader. */
    public OnnxRuntime() {}

    @Override
    public String title() {
        return "ONNX Runtime " + environment.getVersion() + " (Java API, CPU)";
    }

    @Override
    public Optional<Work> embed(EmbedTask task, int threads) throws OrtException {
        return Optional.of(new OnnxEmbed(environment, session(environment, task.onnx().toString(), threads), task,
                true));
    }

    @Override
    public List<Work> embedShared(EmbedTask task, int callers, int threads) throws OrtException {
        OrtSession session = session(environment, task.onnx().toString(), threads);
        List<Work> works = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            works.add(new OnnxEmbed(environment, session, task, i == 0)); // tensors of its own, and the session of all
        }
        return works;
    }

    @Override
    public Optional<String> startClass() {
        return Optional.of(OnnxStart.class.getName());
    }

    static OrtSession session(OrtEnvironment environment, String onnx, int threads) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            return environment.createSession(onnx, options);
        }
    }
}
