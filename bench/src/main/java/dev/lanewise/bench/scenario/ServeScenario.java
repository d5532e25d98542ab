package dev.lanewise.bench.scenario;

import dev.lanewise.Model;
import dev.lanewise.Scheduler;
import dev.lanewise.SchedulerOptions;
import dev.lanewise.SchedulerOptions.WhenFull;
import java.util.List;

/** Many callers of one model: latency of embeddings from little load to too much, and the time between tokens of streams. */
final class ServeScenario implements Scenario {
    private static final int TOKENS = 16;

    private final EncoderFiles.Source encoders;
    private final DecoderFiles.Source decoders;

    ServeScenario(EncoderFiles.Source encoders, DecoderFiles.Source decoders) {
        this.encoders = encoders;
        this.decoders = decoders;
    }

    @Override
    public String name() {
        return "serve";
    }

    @Override
    public String purpose() {
        return "many callers: embeddings of 16 tokens at 10 to 150 % of the capacity; 8 streams while long prompts arrive";
    }

    @Override
    public List<String> peers() {
        return List.of("onnxruntime", "llama.cpp");
    }

    @Override
    public void run(Run run) throws Exception {
        SchedulerOptions options = SchedulerOptions.defaults().withThreads(run.threads())
                .withQueue(EmbedServing.QUEUE, WhenFull.REJECT);
        EncoderFiles encoder = encoders.get(run);
        Texts texts = Texts.of(encoder.lane(), TOKENS);
        try (Model model = Model.open(encoder.lane())) {
            model.warmUp().join();
            LoneCaller.measure(run, encoder.lane(), options, texts.texts().getFirst());
            try (Scheduler scheduler = model.scheduler(options)) {
                new EmbedServing(run, encoder, texts).compare(model.embedder(), scheduler);
            }
        }
        DecoderFiles decoder = decoders.get(run);
        try (Model model = Model.open(decoder.lane())) {
            model.warmUp().join();
            StreamServing serving = new StreamServing(run, decoder);
            try (Scheduler scheduler = model.scheduler(options)) {
                serving.ours(model, scheduler);
            }
            serving.others(model.maxTokens());
        }
    }
}
