package dev.lanewise.bench.scenario;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All scenarios. */
public final class Scenarios {
    private Scenarios() {}

    /** All of them, in the order in which they are listed. */
    public static List<Scenario> all() {
        EncoderFiles.Source encoder = new CatalogueEncoder("all-minilm-l6-v2");
        Map<String, EncoderFiles.Source> others = new TreeMap<>(Map.of("e5-small-v2",
                new CatalogueEncoder("e5-small-v2"), "bge-small-en-v15", new CatalogueEncoder("bge-small-en-v15")));
        DecoderFiles.Source decoder = run -> DecoderFiles.ofCatalogue(run, "smollm2-135m");
        return List.of(new RooflineScenario(), ProductScenario.gemm(), ProductScenario.gemv(), new AttentionScenario(),
                new EmbedScenario(encoder, others), new SustainedScenario(encoder), new CrewScenario(encoder),
                new GenerateScenario(decoder), new ServeScenario(encoder, decoder), new SoakScenario(decoder),
                TranslateScenario.base(), new TranscribeScenario(), new StartScenario(encoder),
                new OpenScenario(encoder),
                new ConvertScenario(encoder));
    }
}
