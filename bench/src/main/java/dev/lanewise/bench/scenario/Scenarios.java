package dev.lanewise.bench.scenario;

import dev.lanewise.tensor.DataType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All scenarios. */
public final class Scenarios {
    private Scenarios() {}

    /** All of them, in the order in which they are listed. */
    public static List<Scenario> all() {
        EncoderFiles.Source encoder = new CatalogueEncoder("all-minilm-l6-v2", DataType.F32);
        Map<String, EncoderFiles.Source> others = new LinkedHashMap<>();
        for (String name : List.of("bge-small-en-v15", "e5-small-v2")) {
            others.put(name, new CatalogueEncoder(name, DataType.F32));
        }
        for (String name : List.of("all-minilm-l6-v2-q", "bge-small-en-v15-q")) {
            others.put(name, new CatalogueEncoder(name, null));
        }
        DecoderFiles.Source decoder = run -> DecoderFiles.ofCatalogue(run, "smollm2-135m");
        return List.of(new RooflineScenario(), ProductScenario.gemm(), ProductScenario.gemv(), new AttentionScenario(),
                new EmbedScenario(encoder, others), new SustainedScenario(encoder), new CrewScenario(encoder),
                new GenerateScenario(decoder), new ServeScenario(encoder, decoder), new SoakScenario(decoder),
                new StressScenario(),
                TranslateScenario.base(), new TranscribeScenario(), new StartScenario(encoder),
                new OpenScenario(encoder),
                new ConvertScenario(encoder));
    }
}
