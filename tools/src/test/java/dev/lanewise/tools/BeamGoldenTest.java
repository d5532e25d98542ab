package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.Translation.Hypothesis;
import dev.lanewise.TranslationOptions;
import dev.lanewise.TranslationOptions.EarlyStopping;
import dev.lanewise.Translator;
import dev.lanewise.generation.BeamSearch;
import dev.lanewise.generation.BeamSpec;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.GenerationSpec;
import dev.lanewise.spec.GenerationSpec.Stopping;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.transformer.BeamCaches;
import dev.lanewise.transformer.EncodedSource;
import dev.lanewise.transformer.EncoderDecoder;
import dev.lanewise.transformer.Session;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Beam search against what transformers finds: every hypothesis of every case, and its score. */
class BeamGoldenTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double TOLERANCE = 1e-4;

    @TempDir
    Path work;

    @TestFactory
    Stream<DynamicTest> everyFamilyEqualsTransformers() {
        Path zoo = TestModels.shared("hf-tiny");
        return Stream.of("bart", "m2m_100", "marian", "mbart", "pegasus", "t5-v1_0", "t5-v1_1")
                .map(name -> DynamicTest.dynamicTest(name, () -> check(zoo.resolve(name))));
    }

    private void check(Path folder) throws IOException {
        JsonNode golden = JSON.readTree(folder.resolve("golden.json").toFile());
        try (Model model = Model.open(converted(folder), ModelOptions.defaults())) {
            Translator translator = model.translator();
            for (JsonNode beam : golden.get("beam")) {
                JsonNode settings = beam.get("settings");
                int[] source = ints(golden.get("cases").get(beam.get("case").intValue()).get("input_ids"));
                List<Hypothesis> found = translator.translate(source, TranslationOptions.defaults()
                        .withBeams(settings.get("num_beams").intValue())
                        .withHypotheses(settings.get("num_return_sequences").intValue())
                        .withLengthPenalty(settings.get("length_penalty").doubleValue())
                        .withEarlyStopping(settings.get("early_stopping").booleanValue()
                                ? EarlyStopping.FIRST
                                : EarlyStopping.ESTIMATE)
                        .withMaxTokens(settings.get("max_new_tokens").intValue())).hypotheses();
                assertEquals(beam.get("sequences").size(), found.size());
                for (int i = 0; i < found.size(); i++) {
                    int[] ids = ints(beam.get("sequences").get(i));
                    assertArrayEquals(Arrays.copyOfRange(ids, 1, ids.length), found.get(i).ids());
                    assertEquals(beam.get("sequences_scores").get(i).doubleValue(), found.get(i).score(), TOLERANCE);
                }
            }
        }
    }

    /** Whose sources are features. */
    @Test
    void whisperEqualsTransformers() throws IOException {
        Path folder = TestModels.shared("hf-tiny").resolve("whisper");
        JsonNode golden = JSON.readTree(folder.resolve("golden.json").toFile());
        try (LaneFile file = LaneFile.open(converted(folder)); Crew crew = new Crew(2)) {
            TransformerSpec spec = TransformerSpec.read(file.metadata());
            GenerationSpec said = GenerationSpec.read(file.metadata(), spec.embedding().vocabulary());
            EncoderDecoder network = new EncoderDecoder(file, spec);
            Session session = new Session(spec, Kernels.select(), crew);
            EncodedSource source = new EncodedSource(spec);
            for (JsonNode beam : golden.get("beam")) {
                JsonNode features = golden.get("cases").get(beam.get("case").intValue()).get("input_features");
                int frames = features.get(0).size();
                float[] flat = new float[features.size() * frames];
                for (int i = 0; i < flat.length; i++) {
                    flat[i] = features.get(i / frames).get(i % frames).floatValue();
                }
                session.source().batch().clear();
                session.source().batch().addFeatures(flat, frames, spec.source().stem());
                network.encode(session, new EncodedSource[]{source}, () -> false);
                JsonNode settings = beam.get("settings");
                BeamSearch search = search(network, spec, session, source, new BeamSpec(
                        new GenerationSpec(said.start(), said.forcedFirst(), said.forcedLast(), said.banned(),
                                said.bannedFirst(), said.renormalized(), 0, settings.get("max_new_tokens").intValue(),
                                4, settings.get("length_penalty").doubleValue(),
                                settings.get("early_stopping").booleanValue() ? Stopping.FIRST : Stopping.ESTIMATE, 0),
                        0, true, new int[]{settings.get("eos_token_id").intValue()}));
                for (int i = 0; i < 4; i++) {
                    int[] ids = ints(beam.get("sequences").get(i));
                    assertArrayEquals(Arrays.copyOfRange(ids, 1, ids.length), search.ended(i).ids());
                    assertEquals(beam.get("sequences_scores").get(i).doubleValue(), search.ended(i).score(),
                            TOLERANCE);
                }
            }
        }
    }

    private static BeamSearch search(EncoderDecoder network, TransformerSpec spec, Session session,
            EncodedSource source, BeamSpec rules) {
        BeamSearch search = new BeamSearch(rules, Kernels.select(), spec.embedding().vocabulary());
        BeamCaches caches = new BeamCaches(spec.stack(), rules.rules().beams());
        search.start(new int[]{rules.rules().start()});
        while (!search.done()) {
            session.batch().clear();
            int[] rows = new int[search.rows()];
            for (int row = 0; row < rows.length; row++) {
                session.batch().add(new int[]{search.row(row).last()}, 0, 1, caches.row(row, 1), source);
                rows[row] = row;
            }
            network.forward(session, () -> false);
            network.logits(session, rows, rows.length);
            search.step(session.logits(), 0, session.logitsStride());
            caches.reorder(search.parents(), search.rows());
        }
        return search;
    }

    private Path converted(Path folder) throws IOException {
        Path lane = work.resolve(folder.getFileName() + ".lane");
        try (ModelSource source = ModelSource.open(folder)) {
            Conversion.convert(source, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
        }
        return lane;
    }

    private static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        Arrays.setAll(values, i -> array.get(i).intValue());
        return values;
    }
}
