package dev.lanewise.bench.scenario;

import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.Translation;
import dev.lanewise.TranslationOptions;
import dev.lanewise.bench.Comparison.Contender;
import dev.lanewise.bench.Comparison;
import dev.lanewise.bench.Report;
import dev.lanewise.bench.measure.Samples;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.TranslateTask;
import dev.lanewise.bench.peer.Translating;
import dev.lanewise.bench.peer.Work;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.OutputSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.SourceSpec;
import dev.lanewise.spec.StackSpec.NormPlacement;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.LaneWriter;
import dev.lanewise.writer.SpecWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** The Transformer in its base size, with random weights: sources of some tokens, texts of as many. */
final class TranslateScenario implements Scenario {
    private static final int START = 1;
    private static final int END = 2;
    private static final int POSITIONS = 512;
    /** Of the tokens that floats choose, so many have to be ours: with random weights, rounding decides a few. */
    private static final double SAME = 0.9;

    /** The sizes of a model. */
    record Shape(int layers, int width, int heads, int inner, int vocabulary) {}

    private final Shape shape;
    private final int sentences;
    private final int tokens;

    /**
     * @param sentences how many sources are translated at once
     * @param tokens of each source and of each text
     */
    TranslateScenario(Shape shape, int sentences, int tokens) {
        this.shape = shape;
        this.sentences = sentences;
        this.tokens = tokens;
    }

    /** The sizes of the paper, 16 sentences. */
    static TranslateScenario base() {
        return new TranslateScenario(new Shape(6, 512, 8, 2048, 32_000), 16, 20);
    }

    @Override
    public String name() {
        return "translate";
    }

    @Override
    public String purpose() {
        return "the base Transformer, random weights in 32 and 8 bits: " + sentences + " sentences of " + tokens
                + " tokens, and one";
    }

    @Override
    public List<String> peers() {
        return List.of("ctranslate2");
    }

    @Override
    public void run(Run run) throws Exception {
        Path folder = Files.createTempDirectory("lanewise-translate");
        try {
            for (DataType type : List.of(DataType.F32, DataType.Q8_0)) {
                Path weights = folder.resolve("weights");
                Path lane = folder.resolve(type + ".lane");
                write(lane, type, weights);
                time(run, lane, type, new TranslateTask(weights, shape.layers, shape.width, shape.heads, shape.inner,
                        shape.vocabulary, POSITIONS, START, END, type != DataType.F32));
            }
        } finally {
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    private void time(Run run, Path lane, DataType type, TranslateTask task) throws Exception {
        Map<String, Translating> others = new LinkedHashMap<>();
        try (Model model = Model.open(lane, new ModelOptions(run.threads()))) {
            Translating ours = new LaneTranslating(model.translator());
            for (Map.Entry<String, Peer> peer : run.peers().entrySet()) {
                Optional<Translating> other = peer.getValue().translate(task, run.threads());
                other.ifPresent(translating -> others.put(peer.getKey(), translating));
            }
            Random random = new Random(2);
            int[][] sources = new int[sentences][];
            Arrays.setAll(sources, i -> random.ints(tokens, END + 1, shape.vocabulary).toArray());
            compare(run.report(), type, sources, ours, others);
            for (int beams : new int[]{1, 4}) {
                time(run, type + ", " + sentences + " sentences, beams " + beams, beams, sources, ours, others);
            }
            time(run, type + ", one sentence, beams 1", 1, Arrays.copyOf(sources, 1), ours, others);
        } finally {
            others.values().forEach(Translating::close);
        }
    }

    /** Says how many tokens of others are ours; removes those with which nothing can be compared. */
    private void compare(Report report, DataType type, int[][] sources, Translating ours,
            Map<String, Translating> others) throws Exception {
        int[][] expected = ours.translate(sources, 1, tokens);
        for (String name : List.copyOf(others.keySet())) {
            int[][] found = others.get(name).translate(sources, 1, tokens);
            int same = 0;
            for (int i = 0; i < expected.length; i++) {
                for (int j = 0; j < tokens; j++) {
                    same += j < found[i].length && expected[i][j] == found[i][j] ? 1 : 0;
                }
            }
            double share = (double) same / (expected.length * tokens);
            report.line("%s: of %s's tokens, %.0f %% are ours", type, name, 100 * share);
            report.addCase(type + " tokens").put("same as " + name, share);
            if (type == DataType.F32 && share < SAME) {
                report.line("  NOT TIMED: %s computes something else", name);
                others.remove(name).close();
            }
        }
    }

    private void time(Run run, String name, int beams, int[][] sources, Translating ours,
            Map<String, Translating> others) throws Exception {
        List<Contender> contenders = new ArrayList<>();
        others.forEach((who, translating) -> contenders.add(new Contender(who, work(translating, sources, beams))));
        List<Samples> times = new Comparison(name, null, 0).time(run, work(ours, sources, beams), contenders);
        for (int i = 0; i <= contenders.size(); i++) {
            run.report().line("  %-12s %.0f tokens/s", i == 0 ? "lanewise" : contenders.get(i - 1).name(),
                    times.get(i).rate(sources.length * tokens).median());
        }
    }

    private Work work(Translating translating, int[][] sources, int beams) {
        return new Work() {
            @Override
            public void run() throws Exception {
                translating.translate(sources, beams, tokens);
            }

            @Override
            public float[] result() {
                throw new UnsupportedOperationException("tokens are compared before");
            }
        };
    }

    private TransformerSpec spec() {
        NormSpec norm = new NormSpec(NormSpec.Kind.LAYER, 1e-5);
        PositionSpec position = new PositionSpec(PositionSpec.Kind.SINUSOIDAL_HALVES, POSITIONS, 0);
        AttentionSpec attention = new AttentionSpec(shape.heads, shape.width / shape.heads,
                1 / Math.sqrt((double) shape.width / shape.heads));
        EmbeddingSpec embedding = new EmbeddingSpec(shape.vocabulary, 0, Math.sqrt(shape.width), null);
        return TransformerSpec.encoderDecoder("transformer-base",
                new SourceSpec(embedding, true, position, stack(norm, attention, null), null), embedding, position,
                stack(norm, attention, attention), new OutputSpec(true, false, 1, 0));
    }

    private StackSpec stack(NormSpec norm, AttentionSpec attention, AttentionSpec cross) {
        return new StackSpec(shape.layers, shape.width, NormPlacement.POST, norm, List.of(attention), List.of(0), cross,
                new FeedForwardSpec(shape.inner, Activation.RELU), 1, false);
    }

    /** The same numbers for us and for others, in the order of the task. */
    private void write(Path lane, DataType type, Path weights) throws IOException {
        Metadata.Builder metadata = Metadata.builder();
        TransformerSpec spec = spec();
        SpecWriter.write(spec, metadata);
        metadata.put("generation.start", START).put("generation.eos", new int[]{END});
        List<TensorInfo> infos = spec.tensors(type).toList();
        Random random = new Random(1);
        try (LaneWriter writer = new LaneWriter(lane, metadata.build(), infos);
                FileChannel out = FileChannel.open(weights, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
            for (TensorInfo info : infos) {
                boolean matrix = info.shape().size() > 1;
                float mean = info.name().endsWith("norm.weight") ? 1 : 0;
                double size = matrix ? 1 / Math.sqrt(info.columns()) : mean == 1 ? 0 : 0.1;
                ByteBuffer row = ByteBuffer.allocate(4 * info.columns()).order(ByteOrder.LITTLE_ENDIAN);
                writer.write((_, into) -> {
                    for (int i = 0; i < info.columns(); i++) {
                        into[i] = (float) (mean + random.nextGaussian() * size);
                    }
                    row.clear().asFloatBuffer().put(into, 0, info.columns());
                    out.write(row);
                });
            }
            writer.finish();
        }
    }

    /** Ours, through the public face. */
    private record LaneTranslating(dev.lanewise.Translator translator) implements Translating {
        @Override
        public int[][] translate(int[][] sources, int beams, int tokens) {
            List<Translation> made = translator.translateIds(List.of(sources), TranslationOptions.defaults()
                    .withBeams(beams).withMinTokens(tokens).withMaxTokens(tokens));
            return made.stream().map(each -> each.hypotheses().getFirst().ids()).toArray(int[][]::new);
        }

        @Override
        public void close() {}
    }
}
