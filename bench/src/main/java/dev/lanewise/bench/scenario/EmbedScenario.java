package dev.lanewise.bench.scenario;

import dev.lanewise.EmbedderOptions;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.Pooling;
import dev.lanewise.bench.Comparison;
import dev.lanewise.bench.Comparison.Contender;
import dev.lanewise.bench.measure.Flops;
import dev.lanewise.bench.measure.Limit;
import dev.lanewise.bench.peer.EmbedTask;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.Work;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.LaneFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** A whole encoder: sentences to vectors. */
final class EmbedScenario implements Scenario {
    /** Vectors of length 1; what float arithmetic in another order changes is some hundred times less. */
    private static final double BOUND = 1e-5;
    /** Others round the inputs of 8-bit weights to 8 bits too: an element of about 0.05 moves by some hundredths of that, a few by more. */
    private static final double INT8_BOUND = 0.1;

    /** Calls before the way of padding is chosen; the first two or three compile or tune something. */
    private static final int TRIALS = 5;

    private final EncoderFiles.Source files;
    private final Map<String, int[]> cases; // the lengths of the texts
    private final Map<String, EncoderFiles.Source> others; // by name

    /**
     * The cases of the documentation.
     *
     * @param others of which only the first cases are measured, by their names
     */
    EmbedScenario(EncoderFiles.Source files, Map<String, EncoderFiles.Source> others) {
        this.files = files;
        this.cases = cases();
        this.others = others;
    }

    /** Other cases. */
    static EmbedScenario of(EncoderFiles.Source files, Map<String, int[]> cases) {
        return new EmbedScenario(cases, files);
    }

    private EmbedScenario(Map<String, int[]> cases, EncoderFiles.Source files) {
        this.files = files;
        this.cases = cases;
        this.others = Map.of();
    }

    private static Map<String, int[]> cases() {
        Map<String, int[]> cases = new LinkedHashMap<>();
        cases.put("8 x 128 tokens", IntStream.range(0, 8).map(i -> 128).toArray());
        cases.put("1 x 16 tokens", new int[]{16});
        cases.put("1 x 128 tokens", new int[]{128});
        cases.put("1 x 512 tokens", new int[]{512});
        cases.put("64 texts of 4 to 256 tokens", Texts.raggedLengths(64, 4, 256));
        return cases;
    }

    @Override
    public String name() {
        return "embed";
    }

    @Override
    public String purpose() {
        return "all-minilm-l6-v2, bge-small-en-v15 and e5-small-v2, float32, and the first two in 8 bits: sentences to vectors; or --shape modernbert";
    }

    @Override
    public List<String> peers() {
        return List.of("onnxruntime", "pytorch");
    }

    @Override
    public List<String> defaultPeers() {
        return List.of("onnxruntime");
    }

    @Override
    public Scenario ofShape(String shape) {
        return shape.equals("modernbert") ? new ShapeScenario() : null;
    }

    @Override
    public void run(Run run) throws Exception {
        run(run, files.get(run), "", cases);
        Map<String, int[]> first = new LinkedHashMap<>();
        cases.entrySet().stream().limit(2).forEach(each -> first.put(each.getKey(), each.getValue()));
        for (Map.Entry<String, EncoderFiles.Source> other : others.entrySet()) {
            run(run, other.getValue().get(run), other.getKey() + ", ", first);
        }
    }

    private static void run(Run run, EncoderFiles encoder, String name, Map<String, int[]> cases) throws Exception {
        StackSpec stack;
        double bound;
        try (LaneFile file = LaneFile.open(encoder.lane())) {
            stack = TransformerSpec.read(file.metadata()).stack();
            bound = file.directory().values().stream().anyMatch(e -> e.info().type() == DataType.INT8)
                    ? INT8_BOUND
                    : BOUND;
        }
        try (Model model = Model.open(encoder.lane(), new ModelOptions(run.threads()))) {
            for (Map.Entry<String, int[]> each : cases.entrySet()) {
                Texts texts = Texts.of(encoder.lane(), each.getValue());
                Work ours = new LaneEmbed(
                        model.embedder(EmbedderOptions.defaults().withPooling(Pooling.MEAN)), texts.texts());
                List<Contender> others = new ArrayList<>();
                try {
                    for (Map.Entry<String, Peer> peer : run.peers().entrySet()) {
                        best(run, peer.getKey(), peer.getValue(), encoder, texts.ids()).ifPresent(others::add);
                    }
                    new Comparison(name + each.getKey(), Limit.COMPUTE.demand(Flops.encoder(stack, each.getValue())),
                            bound)
                            .run(run, ours, others);
                } finally {
                    for (Contender other : others) {
                        other.work().close();
                    }
                }
            }
        }
    }

    /** A peer with the padding that suits it best. */
    private static Optional<Contender> best(Run run, String name, Peer peer, EncoderFiles encoder, int[][] ids)
            throws Exception {
        Work best = null;
        String padding = "";
        double least = Double.MAX_VALUE;
        Map<String, List<int[]>> ways = Batches.ways(ids);
        for (Map.Entry<String, List<int[]>> way : ways.entrySet()) {
            Optional<Work> work = peer.embed(new EmbedTask(encoder.onnx(), ids, way.getValue()), run.threads());
            if (work.isEmpty()) {
                return Optional.empty();
            }
            run.report().progress("padding for " + name, 0);
            double seconds = ways.size() == 1 ? 0 : quickest(work.get());
            if (seconds < least) {
                if (best != null) {
                    best.close();
                }
                least = seconds;
                best = work.get();
                padding = way.getKey();
            } else {
                work.get().close();
            }
        }
        if (ways.size() > 1) {
            run.report().line("%s is best with %s", name, padding);
        }
        return Optional.of(new Contender(name, best));
    }

    /** Good enough to choose by: the ways differ by much, and a padded batch takes its time. */
    private static double quickest(Work work) throws Exception {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < TRIALS; i++) {
            long start = System.nanoTime();
            work.run();
            least = Math.min(least, System.nanoTime() - start);
        }
        return least / 1e9;
    }
}
