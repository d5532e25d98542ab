package dev.lanewise.bench.scenario;

import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.bench.Comparison;
import dev.lanewise.bench.Comparison.Contender;
import dev.lanewise.bench.peer.EmbedTask;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Opening a model and closing it again, in a warm JVM, the file in the system's cache. */
final class OpenScenario implements Scenario {
    private static final double BOUND = 1e-5;
    private static final int TOKENS = 16;

    private final EncoderFiles.Source files;

    OpenScenario(EncoderFiles.Source files) {
        this.files = files;
    }

    @Override
    public String name() {
        return "open";
    }

    @Override
    public String purpose() {
        return "all-minilm-l6-v2: opening a converted model, in a warm JVM";
    }

    @Override
    public List<String> peers() {
        return List.of("onnxruntime");
    }

    @Override
    public List<String> defaultPeers() {
        return peers();
    }

    @Override
    public void run(Run run) throws Exception {
        EncoderFiles encoder = files.get(run);
        Texts texts = Texts.of(encoder.lane(), TOKENS);
        EmbedTask task = new EmbedTask(encoder.onnx(), texts.ids(), List.of(new int[]{0}));
        List<Contender> others = new ArrayList<>();
        for (Map.Entry<String, Peer> peer : run.peers().entrySet()) {
            others.add(new Contender(peer.getKey(), new PeerOpen(peer.getValue(), task, run.threads())));
        }
        new Comparison("open and close", null, BOUND).run(run, new LaneOpen(encoder, texts, run.threads()), others);
    }

    private record LaneOpen(EncoderFiles encoder, Texts texts, int threads) implements Work {
        @Override
        public void run() throws Exception {
            Model.open(encoder.lane(), new ModelOptions(threads)).close();
        }

        @Override
        public float[] result() throws Exception {
            try (Model model = Model.open(encoder.lane(), new ModelOptions(threads))) {
                return model.embedder().embed(texts.texts().getFirst());
            }
        }
    }

    private record PeerOpen(Peer peer, EmbedTask task, int threads) implements Work {
        @Override
        public void run() throws Exception {
            peer.embed(task, threads).orElseThrow().close();
        }

        @Override
        public float[] result() throws Exception {
            try (Work work = peer.embed(task, threads).orElseThrow()) {
                work.run();
                return work.result();
            }
        }
    }
}
