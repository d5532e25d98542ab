package dev.lanewise.bench.scenario;

import dev.lanewise.AudioStream;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.Transcriber;
import dev.lanewise.TranscriptionOptions;
import dev.lanewise.audio.LogMel;
import dev.lanewise.bench.Comparison;
import dev.lanewise.bench.Comparison.Contender;
import dev.lanewise.bench.measure.Samples;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.TranscribeTask;
import dev.lanewise.bench.peer.Work;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tools.audio.AudioFile;
import dev.lanewise.tools.audio.Resampler;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.console.Console;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Some seconds of speech to text, with weights as they are stored and in 32 bits. */
final class TranscribeScenario implements Scenario {
    private static final int SECONDS = 30;
    private static final int FRAMES = SECONDS * LogMel.SAMPLE_RATE / LogMel.HOP;
    private static final String LANGUAGE = "en";

    @Override
    public String name() {
        return "transcribe";
    }

    @Override
    public String purpose() {
        return "whisper-base: " + SECONDS + " seconds of English speech, of a recording that is named";
    }

    @Override
    public List<String> peers() {
        return List.of("ctranslate2");
    }

    @Override
    public boolean takesModel() {
        return true;
    }

    @Override
    public boolean takesAudio() {
        return true;
    }

    @Override
    public void run(Run run) throws Exception {
        float[] samples = samples(run.audio().orElseThrow());
        ModelCache cache = new ModelCache(Console.ofProcess());
        Path weights = run.model().isPresent()
                ? run.model().get()
                : CatalogueFiles.weights(run, cache, ModelCache.entry("whisper-base"));
        Map<String, Path> lanes = new LinkedHashMap<>();
        for (DataType type : Arrays.asList(ModelCache.AS_STORED, DataType.F32)) {
            lanes.put(type == ModelCache.AS_STORED ? "weights as stored" : "weights in " + type,
                    cache.open(weights.toString(), type, lane -> lane));
        }
        int mels = mels(lanes.values().iterator().next());
        Path features = Files.createTempFile("lanewise-features", null);
        List<Contender> others = new ArrayList<>();
        try {
            write(features, samples, mels);
            TranscribeTask task = new TranscribeTask(weights.toAbsolutePath().getParent(), features, mels, LANGUAGE);
            for (Map.Entry<String, Peer> peer : run.peers().entrySet()) {
                peer.getValue().transcribe(task, run.threads())
                        .ifPresent(work -> others.add(new Contender(peer.getKey(), work)));
            }
            for (Map.Entry<String, Path> lane : lanes.entrySet()) {
                try (Model model = Model.open(lane.getValue(), new ModelOptions(run.threads()))) {
                    time(run, lane.getKey(), new LaneTranscribing(model.transcriber(), samples), others);
                }
            }
        } finally {
            for (Contender other : others) {
                other.work().close();
            }
            Files.delete(features);
        }
    }

    private static void time(Run run, String name, Work ours, List<Contender> others) throws Exception {
        List<Samples> times = new Comparison(name, null, 0).run(run, ours, others);
        run.report().line("  %-12s real-time factor %.4f", "lanewise", times.getFirst().median() / SECONDS);
    }

    private static int mels(Path lane) throws IOException {
        try (LaneFile file = LaneFile.open(lane)) {
            return TransformerSpec.read(file.metadata()).source().stem().features();
        }
    }

    /** The first seconds of a recording. */
    private static float[] samples(Path recording) throws IOException {
        try (AudioFile file = AudioFile.open(recording)) {
            AudioStream audio = file.rate() == Transcriber.SAMPLE_RATE
                    ? file
                    : new Resampler(file, file.rate(), Transcriber.SAMPLE_RATE);
            float[] samples = new float[SECONDS * Transcriber.SAMPLE_RATE];
            for (int filled = 0; filled < samples.length;) {
                int read = audio.read(samples, filled, samples.length - filled);
                if (read <= 0) {
                    throw new IOException(recording + " is shorter than " + SECONDS + " seconds");
                }
                filled += read;
            }
            return samples;
        }
    }

    private static void write(Path file, float[] samples, int mels) throws IOException {
        float[] features = new float[mels * FRAMES];
        new LogMel(mels).compute(samples, samples.length, FRAMES, features);
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * features.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(features);
        Files.write(file, bytes.array());
    }

    /** Ours, through the public face, features included. */
    private static final class LaneTranscribing implements Work {
        private static final TranscriptionOptions GREEDY = TranscriptionOptions.builder().language(LANGUAGE)
                .fallback(false).build();

        private final Transcriber transcriber;
        private final float[] samples;
        private int[] ids;

        LaneTranscribing(Transcriber transcriber, float[] samples) {
            this.transcriber = transcriber;
            this.samples = samples;
        }

        @Override
        public void run() {
            ids = transcriber.transcribe(samples, GREEDY).segments().stream()
                    .flatMapToInt(segment -> IntStream.of(segment.ids())).toArray();
        }

        @Override
        public float[] result() {
            float[] numbers = new float[ids.length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = ids[i];
            }
            return numbers;
        }
    }
}
