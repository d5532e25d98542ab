package dev.lanewise.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.FinishReason;
import dev.lanewise.Model;
import dev.lanewise.Transcriber;
import dev.lanewise.Transcription;
import dev.lanewise.TranscriptionOptions;
import dev.lanewise.TranscriptionSegment;
import dev.lanewise.tools.command.SequenceNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whisper base against CTranslate2 in float32 on the same weights, with six recordings. */
class WhisperTest {
    /** Of a logit; transformers and CTranslate2 differ by 6e-5. */
    private static final double TOLERANCE = 1e-3;

    @TempDir
    static Path work;
    private static JsonNode golden;
    private static Path lane;
    private static Model model;
    private static Transcriber transcriber;

    @BeforeAll
    static void open() throws IOException {
        golden = new ObjectMapper().readTree(TestModels.shared("whisper-base/golden.json").toFile());
        lane = Whisper.lane(work);
        model = Model.open(lane);
        transcriber = model.transcriber();
    }

    @AfterAll
    static void close() {
        if (model != null) {
            model.close();
        }
    }

    /** transformers differs from CTranslate2 by 2.1e-5. */
    @Test
    void theEncodersStateAndTheFirstLogitsAreTheReferences() throws IOException {
        float[] expected = Npy.floats(TestModels.shared("whisper-base/encoder-first-50.npy"));
        try (SequenceNetwork network = SequenceNetwork.open(lane, 2)) {
            float[][] states = network.states(Npy.floats(TestModels.shared("whisper-base/log-mel.npy")), 80);
            assertEquals(1500, states.length);
            for (int i = 0; i < 50; i++) {
                assertArrayEquals(Arrays.copyOfRange(expected, i * 512, (i + 1) * 512), states[i], 1e-4f);
            }
            JsonNode greedy = find("en-letter.wav").get("transcribe").get("greedy");
            int[] prompt = ints(greedy.get("prompt"));
            float[] logits = network.logits(prompt)[prompt.length - 1];
            JsonNode top = greedy.get("first_step_top20");
            for (int i = 0; i < top.get("ids").size(); i++) {
                assertEquals(top.get("logits").get(i).doubleValue(), logits[top.get("ids").get(i).intValue()],
                        TOLERANCE);
            }
        }
    }

    /** What is usual: no text of the six is so bad that it is made again. */
    @Test
    void theDefaultsFindTheLanguageAndGiveTheReferencesText() throws IOException {
        for (JsonNode c : golden.get("cases")) {
            Transcription heard = transcriber.transcribe(Whisper.samples(c.get("file").asText()));
            assertEquals(c.get("transcribe").get("greedy").get("text").asText(), heard.text());
            assertEquals(1, heard.segments().size());
            assertEquals(c.get("languages").get(0).get(0).asText(), "<|" + heard.language() + "|>");
            assertEquals(c.get("languages").get(0).get(1).doubleValue(), heard.languageProbability(), TOLERANCE);
        }
        assertEquals(99, transcriber.languages().size());
        assertEquals(List.of("en", "zh", "de"), transcriber.languages().subList(0, 3));
    }

    /** Greedy and five beams, without times and with them, in the language and into English. */
    @Test
    void everyTextIsTheReferences() throws IOException {
        int checked = 0;
        for (JsonNode c : golden.get("cases")) {
            float[] samples = Whisper.samples(c.get("file").asText());
            for (String task : List.of("transcribe", "translate")) {
                for (String way : List.of("greedy", "greedy_timestamps", "beam5", "beam5_timestamps")) {
                    if (c.has(task)) {
                        check(c, task, way, samples);
                        checked++;
                    }
                }
            }
        }
        assertEquals(28, checked);
    }

    private static void check(JsonNode c, String task, String way, float[] samples) {
        JsonNode expected = c.get(task).get(way);
        String name = c.get("file").asText() + ", " + task + ", " + way;
        Transcription heard = transcriber.transcribe(samples, TranscriptionOptions.builder()
                .language(c.get("language").asText()).translate(task.equals("translate"))
                .timestamps(way.endsWith("timestamps")).beams(way.startsWith("beam") ? 5 : 1).fallback(false).build());
        assertEquals(FinishReason.END_OF_AUDIO, heard.finish());
        int[] ids = heard.segments().stream().flatMapToInt(part -> IntStream.of(part.ids())).toArray();
        assertArrayEquals(ints(expected.get("ids")), ids, name);
        assertEquals(expected.get("text").asText().replaceAll("<\\|[0-9.]+\\|>", ""), heard.text(), name);
        TranscriptionSegment part = heard.segments().getFirst();
        assertEquals(expected.get("score").doubleValue() * ids.length / (ids.length + 1), part.logProbability(), 1e-4,
                name);
        assertEquals(c.get("no_speech_probability").doubleValue(), part.noSpeech(), 1e-4, name);
    }

    @Test
    void timesArePartsOfTheText() throws IOException {
        List<TranscriptionSegment> parts = transcriber.transcribe(Whisper.samples("en-weather.wav"),
                TranscriptionOptions.builder().timestamps(true).build()).segments();
        assertEquals(List.of(" Tomorrow it will raid in the north.", " In the south the sun will shine oil day."),
                parts.stream().map(TranscriptionSegment::text).toList());
        assertEquals(List.of(0.0, 2.0), parts.stream().map(TranscriptionSegment::start).toList());
        assertEquals(List.of(2.0, 4.5), parts.stream().map(TranscriptionSegment::end).toList());
    }

    /** Sessions, and the memory of their threads, are made by the first pass. */
    @Test
    void warmUp_hearsSomething() throws IOException {
        try (Model cold = Model.open(lane)) {
            assertEquals(0, cold.memory().offHeapBytes());
            cold.warmUp().join();
            assertTrue(cold.memory().offHeapBytes() > 0);
            assertEquals(find("en-letter.wav").get("transcribe").get("greedy").get("text").asText(),
                    cold.transcriber().transcribe(Whisper.samples("en-letter.wav")).text());
        }
    }

    /** What is printed, of all six. */
    @Test
    void theCommandPrintsTheReferencesText() throws IOException {
        Cli cli = new Cli(work);
        for (JsonNode c : golden.get("cases")) {
            String file = TestModels.shared("whisper-base/" + c.get("file").asText()).toString();
            Cli.Result result = cli.run("transcribe", lane.toString(), file, "--json");
            assertEquals(0, result.code(), result.err());
            assertEquals(c.get("language"), result.json().get("language"));
            assertEquals(1, result.json().get("segments").size());
            JsonNode part = result.json().get("segments").get(0);
            assertEquals(c.get("transcribe").get("greedy").get("text"), part.get("text"));
            assertEquals(c.get("transcribe").get("greedy").get("ids"), part.get("ids"));
            assertEquals(0, part.get("start").doubleValue());
            assertEquals(c.get("samples").doubleValue() / 16_000, part.get("end").doubleValue());
        }
        String german = TestModels.shared("whisper-base/de-train.wav").toString();
        assertEquals(find("de-train.wav").get("translate").get("beam5").get("text").asText().strip() + "\n",
                cli.run("transcribe", lane.toString(), german, "--translate", "--beams", "5", "--no-fallback",
                        "--language", "de").out());
        assertEquals("""
                1
                00:00:00,000 --> 00:00:02,000
                Tomorrow it will raid in the north.

                2
                00:00:02,000 --> 00:00:04,500
                In the south the sun will shine oil day.

                """, cli.run("transcribe", lane.toString(),
                TestModels.shared("whisper-base/en-weather.wav").toString(), "--srt").out());
    }

    private static JsonNode find(String file) {
        for (JsonNode c : golden.get("cases")) {
            if (c.get("file").asText().equals(file)) {
                return c;
            }
        }
        throw new IllegalArgumentException(file);
    }

    private static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        Arrays.setAll(values, i -> array.get(i).intValue());
        return values;
    }
}
