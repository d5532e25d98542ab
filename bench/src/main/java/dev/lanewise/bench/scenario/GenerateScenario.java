package dev.lanewise.bench.scenario;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.ThreadMXBean;
import dev.lanewise.GenerationStream;
import dev.lanewise.Generator;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.bench.Comparison;
import dev.lanewise.bench.Comparison.Contender;
import dev.lanewise.bench.Report;
import dev.lanewise.bench.measure.Agreement;
import dev.lanewise.bench.measure.Agreement.DisagreementException;
import dev.lanewise.bench.measure.Flops;
import dev.lanewise.bench.measure.Limit;
import dev.lanewise.bench.measure.Limit.Demand;
import dev.lanewise.bench.measure.Samples;
import dev.lanewise.bench.peer.Decoding;
import dev.lanewise.bench.peer.GenerateTask;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.Work;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.HdrHistogram.Histogram;

/** A decoder: prompts at once, and tokens one after the other. */
final class GenerateScenario implements Scenario {
    /** As others round activations, logits are only near ours: of the distance between our least and our greatest. */
    private static final double BOUND = 0.25;
    /** Lanewise too, where weights of 4 bits meet activations that are rounded to 8. */
    private static final String ROUNDED = "rounded";
    private static final int NEAR = 100;
    private static final int FAR = 4000;
    /** Tokens a call, where they are computed one after the other. */
    private static final int STEPS = 8;
    private static final int LONG_PROMPT = 2000;
    private static final int[] PROMPTS = {128, 512};
    private static final String TEXT = "The village lay between the river and the hills, and everybody in it knew the old "
            + "miller. In spring he repaired the wheel; in autumn, when the water was high, he ground corn for three "
            + "valleys. What he did in winter, nobody could say. ";
    private static final long HIGHEST_NANOS = 3_600_000_000_000L;
    private static final int DIGITS = 3;

    private final DecoderFiles.Source files;

    /**
     * @param files the model that is measured if none is named
     */
    GenerateScenario(DecoderFiles.Source files) {
        this.files = files;
    }

    @Override
    public String name() {
        return "generate";
    }

    @Override
    public String purpose() {
        return "a decoder, smollm2-135m or that of --model: prompts, and tokens one after the other";
    }

    @Override
    public List<String> peers() {
        return List.of("llama.cpp", "jlama");
    }

    @Override
    public boolean takesModel() {
        return true;
    }

    @Override
    public void run(Run run) throws Exception {
        Optional<Path> named = run.model();
        DecoderFiles decoder = named.isPresent() ? DecoderFiles.of(named.get()) : files.get(run);
        TransformerSpec spec;
        long weights;
        boolean rounds;
        try (LaneFile file = LaneFile.open(decoder.lane())) {
            spec = TransformerSpec.read(file.metadata());
            weights = weightBytes(file, spec);
            rounds = file.types().stream().anyMatch(Kernels::rounds);
        }
        int room = Math.min(spec.maxTokens(), FAR + STEPS);
        Map<String, Decoding> others = new LinkedHashMap<>();
        ModelOptions options = new ModelOptions(run.threads());
        try (Model model = Model.open(decoder.lane(), options);
                Model rounding = Model.open(decoder.lane(), options.withRoundedActivations(true));
                LaneDecoding ours = new LaneDecoding(model.generator(), room)) {
            run.report().line("model    %s, %.0f MB of weights a token", decoder.gguf().getFileName(), weights / 1e6);
            for (Map.Entry<String, Peer> peer : run.peers().entrySet()) {
                try {
                    peer.getValue().generate(new GenerateTask(decoder.gguf(), decoder::folder, room), run.threads())
                            .ifPresent(decoding -> others.put(peer.getKey(), decoding));
                } catch (IOException e) {
                    run.report().line("  NOT TIMED: %s: %s", peer.getKey(), e.getMessage());
                }
            }
            if (rounds) {
                others.put(ROUNDED, new LaneDecoding(rounding.generator(), room));
            }
            int[] ids = ids(model, room);
            compare(run.report(), ours, others, Arrays.copyOf(ids, Math.min(room, PROMPTS[0])));
            new Cases(run, spec, weights, ids, ours, others).timeAll();
        } finally {
            for (Decoding other : others.values()) {
                other.close();
            }
        }
    }

    /** The bytes of weights that a token needs, one after the other. */
    private static long weightBytes(LaneFile file, TransformerSpec spec) {
        double used = spec.stack().feedForward().experts() == null
                ? 1
                : (double) spec.stack().feedForward().experts().used() / spec.stack().feedForward().experts().count();
        double bytes = 0;
        for (LaneFile.Entry entry : file.directory().values()) {
            String tensor = entry.info().name();
            boolean read = !tensor.startsWith("embedding.")
                    || tensor.equals("embedding.token.weight") && spec.output().tied();
            bytes += !read ? 0 : tensor.contains(".experts.") ? used * entry.length() : entry.length();
        }
        return (long) bytes;
    }

    /** A text of so many tokens, or without a tokenizer any tokens. */
    private static int[] ids(Model model, int count) {
        if (!model.hasTokenizer()) {
            return new Random(1).ints(count, 0, model.vocabulary()).toArray();
        }
        Generator generator = model.generator();
        int[] text = generator.encode(TEXT.repeat(1 + count / 20), false);
        return Arrays.copyOf(text, count); // the text has more than 20 tokens
    }

    /** Says how far the others' logits are from ours; removes those with which nothing can be compared. */
    private static void compare(Report report, LaneDecoding ours, Map<String, Decoding> others, int[] prompt)
            throws Exception {
        if (others.isEmpty()) {
            return;
        }
        float[] expected = ours.logits(prompt);
        double least = Double.MAX_VALUE;
        double greatest = -Double.MAX_VALUE;
        for (float logit : expected) {
            least = Math.min(least, logit);
            greatest = Math.max(greatest, logit);
        }
        ObjectNode node = report.addCase("logits");
        report.line("logits behind %d tokens, ours from %.2f to %.2f", prompt.length, least, greatest);
        for (String name : List.copyOf(others.keySet())) {
            try {
                float[] found = others.get(name).logits(prompt);
                double most = Agreement.check(name, expected, found, BOUND * (greatest - least));
                report.line("  those of %s are within %.2g of ours, %.2g in the quadratic mean%s", name, most,
                        distance(expected, found),
                        largest(expected) == largest(found) ? "" : "; another is the largest");
                node.withObject("/differences").put(name, most);
            } catch (DisagreementException | IOException e) {
                report.line("  NOT TIMED: %s", e.getMessage());
                node.withObject("/disagreements").put(name, e.getMessage());
                others.remove(name).close();
            }
        }
    }

    private static double distance(float[] a, float[] b) {
        double squares = 0;
        for (int i = 0; i < a.length; i++) {
            squares += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
        }
        return Math.sqrt(squares / a.length);
    }

    private static int largest(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            best = logits[id] > logits[best] ? id : best;
        }
        return best;
    }

    /** What is timed, as far as the model has room for it. */
    private record Cases(Run run, TransformerSpec spec, long weights, int[] ids, LaneDecoding ours,
            Map<String, Decoding> others) {

        /** Short cases first: a large model takes its time for the long ones. */
        void timeAll() throws Exception {
            double rate = 0; // tokens a second of the longest prompt that is computed in one piece
            for (int tokens : PROMPTS) {
                if (tokens < ids.length) {
                    rate = prefill("prompt of " + tokens + " tokens", tokens);
                }
            }
            double near = 0;
            if (NEAR + STEPS <= ids.length) {
                near = decode(NEAR);
                eachToken();
            }
            if (LONG_PROMPT < ids.length) {
                double first = prefill("first token behind " + LONG_PROMPT, LONG_PROMPT);
                run.report().line("  %-12s %.2f times as long as at the speed of %d tokens", "", rate / first,
                        PROMPTS[PROMPTS.length - 1]);
            }
            if (FAR + STEPS <= ids.length) {
                double far = decode(FAR);
                run.report().line("  %-12s %.2f times as long as behind %d", "", far / near, NEAR);
            }
        }

        private double prefill(String name, int tokens) throws Exception {
            int[] prompt = Arrays.copyOf(ids, tokens);
            return tokens / time(name, Limit.COMPUTE.demand(Flops.decoder(spec, tokens)), tokens,
                    decoding -> decoding.prefill(prompt));
        }

        /** Returns the seconds of a token. */
        private double decode(int position) throws Exception {
            int[] prompt = Arrays.copyOf(ids, position);
            ours.prefill(prompt);
            for (Decoding other : others.values()) {
                other.prefill(prompt);
            }
            return time("token by token behind " + position, Limit.MEMORY.demand((double) weights * STEPS), STEPS,
                    decoding -> {
                        decoding.rewind(position);
                        decoding.decode(STEPS);
                    }) / STEPS;
        }

        /** Returns the seconds of our call. */
        private double time(String name, Demand demand, int tokens, Call call) throws Exception {
            List<Contender> contenders = new ArrayList<>();
            others.forEach((who, decoding) -> contenders.add(new Contender(who, work(decoding, call))));
            List<Samples> times = new Comparison(name, demand, 0).time(run, work(ours, call), contenders);
            int rounded = new ArrayList<>(others.keySet()).indexOf(ROUNDED);
            for (int i = 0; i <= contenders.size(); i++) {
                run.report().line("  %-12s %.1f tokens/s", i == 0 ? "lanewise" : contenders.get(i - 1).name(),
                        times.get(i).rate(tokens).median());
                if (rounded >= 0 && i > 0 && i != rounded + 1) {
                    run.report().line("  %-12s %s times as fast as %s", ROUNDED,
                            Comparison.spread(times.get(i).over(times.get(rounded + 1)), 1, "%.2f"),
                            contenders.get(i - 1).name());
                }
            }
            return times.getFirst().median();
        }

        /** Our tokens, each by itself: how long they take, and what they allocate. */
        private void eachToken() {
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            Histogram times = new Histogram(HIGHEST_NANOS, DIGITS);
            long bytes = 0;
            long start = System.nanoTime();
            do {
                ours.prefill(Arrays.copyOf(ids, NEAR));
                int most = Math.min(ours.session().capacity(), 1024) - NEAR;
                GenerationStream stream = ours.session().stream(LaneDecoding.options(most));
                stream.next();
                long before = threads.getTotalThreadAllocatedBytes();
                long last = System.nanoTime();
                for (int i = 1; i < most && last - start < 1e9 * run.seconds(); i++) {
                    stream.next();
                    long now = System.nanoTime();
                    times.recordValue(now - last);
                    last = now;
                }
                bytes += threads.getTotalThreadAllocatedBytes() - before;
            } while (System.nanoTime() - start < 1e9 * run.seconds());
            if (times.getTotalCount() > 0) {
                print(times, (double) bytes / times.getTotalCount());
            }
        }

        private void print(Histogram times, double bytes) {
            ObjectNode node = run.report().addCase("each token");
            run.report().line("each of %d tokens", times.getTotalCount());
            run.report().line("  %-12s p50 %s, p99 %s, p99.9 %s; %.0f bytes allocated a token, its text included",
                    "lanewise", Report.time(times.getValueAtPercentile(50) / 1e9),
                    Report.time(times.getValueAtPercentile(99) / 1e9),
                    Report.time(times.getValueAtPercentile(99.9) / 1e9), bytes);
            node.put("tokens", times.getTotalCount()).put("bytes", bytes);
            ObjectNode seconds = node.putObject("seconds");
            for (double percentile : new double[]{50, 99, 99.9, 100}) {
                seconds.put("p" + percentile, times.getValueAtPercentile(percentile) / 1e9);
            }
        }

        private static Work work(Decoding decoding, Call call) {
            return new Work() {
                @Override
                public void run() throws Exception {
                    call.run(decoding);
                }

                @Override
                public float[] result() {
                    throw new UnsupportedOperationException("logits are compared before");
                }
            };
        }
    }

    /** What is timed. */
    @FunctionalInterface
    private interface Call {
        void run(Decoding decoding) throws Exception;
    }
}
