package dev.lanewise.bench.scenario;

import dev.lanewise.bench.measure.Limit;
import dev.lanewise.bench.scenario.ProductScenario.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The scenarios of the command at sizes that take no time, on an encoder with random weights. */
public final class SmallScenarios {
    /** Those that need nothing but this JVM; "start" needs the launcher and the jars. */
    public static final List<String> NAMES = List.of("roofline", "gemm", "gemv", "attention", "embed", "sustained",
            "generate", "translate", "serve", "soak", "open");

    private SmallScenarios() {}

    /** All of them. */
    public static List<Scenario> all(Path folder) {
        EncoderFiles.Source encoder = run -> new EncoderFiles(folder.resolve("none.onnx"),
                TinyModel.write(folder.resolve("tiny.lane")));
        DecoderFiles.Source decoder = run -> new DecoderFiles(folder.resolve("none.gguf"),
                TinyDecoder.write(folder.resolve("decoder.lane")));
        return List.of(new RooflineScenario(),
                new ProductScenario("gemm", "products", Limit.COMPUTE,
                        List.of(new Shape(37, 70, 33), new Shape(600, 64, 16))),
                new ProductScenario("gemv", "a product", Limit.MEMORY, List.of(new Shape(1, 100, 40))),
                new AttentionScenario(List.of(new AttentionScenario.Shape(3, 45, 8))),
                EmbedScenario.of(encoder, Map.of("ragged", new int[]{5, 3, 17})), new SustainedScenario(encoder),
                new GenerateScenario(decoder), new ServeScenario(encoder, decoder), new SoakScenario(decoder),
                new TranslateScenario(new TranslateScenario.Shape(2, 64, 4, 96, 150), 3, 5),
                new TranscribeScenario(),
                new OpenScenario(encoder));
    }
}
