package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.error.ModelClosedException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tensor.DataType;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What does not depend on what a model has learned: windows, times, streaming, bad input. The weights are random. */
class TranscriberTest {
    private static final int RATE = Transcriber.SAMPLE_RATE;
    private static final TranscriptionOptions QUICK = TranscriptionOptions.builder().fallback(false).build();

    @TempDir
    static Path folder;
    private static Path lane;
    private static Model model;
    private static Transcriber transcriber;

    @BeforeAll
    static void open() throws IOException {
        lane = RandomHearing.several(folder.resolve("several.lane"));
        model = Model.open(lane);
        transcriber = model.transcriber();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void languagesAreThoseOfTheTokens() throws IOException {
        assertEquals(RandomHearing.LANGUAGES, transcriber.languages());
        assertEquals(1, transcriber.transcribe(noise(1, RATE), QUICK.toBuilder().language("de").build())
                .languageProbability());
        Transcription found = transcriber.transcribe(noise(1, RATE), QUICK);
        assertTrue(RandomHearing.LANGUAGES.contains(found.language()));
        assertTrue(found.languageProbability() >= 1.0 / 3 && found.languageProbability() <= 1);
        String message = assertThrows(IllegalArgumentException.class,
                () -> transcriber.transcribe(noise(1, RATE), QUICK.toBuilder().language("fr").build())).getMessage();
        assertEquals("the model does not know the language 'fr'; it knows en, zh, de", message);
    }

    @Test
    void aModelOfEnglishAloneTakesNoLanguage() throws IOException {
        try (Model english = Model.open(RandomHearing.english(folder.resolve("english.lane")))) {
            Transcriber alone = english.transcriber();
            assertEquals(List.of(), alone.languages());
            Transcription heard = alone.transcribe(noise(1, RATE), QUICK.toBuilder().language("en").build());
            assertEquals("en", heard.language());
            assertEquals(heard.text(), alone.transcribe(noise(1, RATE), QUICK).text());
            assertThrows(IllegalArgumentException.class,
                    () -> alone.transcribe(noise(1, RATE), QUICK.toBuilder().language("de").build()));
            assertThrows(IllegalArgumentException.class,
                    () -> alone.transcribe(noise(1, RATE), QUICK.toBuilder().translate(true).build()));
        }
    }

    @Test
    void otherModelsAreRefusedByName() throws IOException {
        try (Model timeless = Model.open(RandomHearing.timeless(folder.resolve("timeless.lane")))) {
            assertTrue(assertThrows(UnsupportedModelException.class, timeless::transcriber).getMessage()
                    .contains("lacks the control tokens"));
        }
        try (Model reading = Model.open(RandomDecoder.write(folder.resolve("reading.lane"),
                RandomEncoderDecoder.paper(), DataType.F32, 1))) {
            assertTrue(assertThrows(UnsupportedModelException.class, reading::transcriber).getMessage()
                    .contains("reads text"));
        }
        try (Model small = Model.open(RandomDecoder.write(folder.resolve("small.lane"), RandomEncoderDecoder.sound(),
                DataType.F32, 1))) {
            assertTrue(assertThrows(UnsupportedModelException.class, small::transcriber).getMessage()
                    .contains("30 seconds"));
        }
        try (Model decoder = Model.open(RandomDecoder.write(folder.resolve("decoder.lane"), RandomDecoder.grouped(),
                DataType.F32, 1))) {
            assertThrows(UnsupportedModelException.class, decoder::transcriber);
        }
    }

    @Test
    void withoutTimesAWindowIsOnePart() {
        Transcription heard = transcriber.transcribe(noise(2, 5 * RATE), QUICK);
        assertEquals(1, heard.segments().size());
        assertEquals(0, heard.segments().getFirst().start());
        assertEquals(5, heard.segments().getFirst().end());
        assertEquals(FinishReason.END_OF_AUDIO, heard.finish());
    }

    /** However the samples come, and however many threads compute. */
    @Test
    void aRecordingGivesTheSameTextAlways() throws IOException {
        float[] samples = noise(3, 70 * RATE);
        for (TranscriptionOptions options : List.of(QUICK, TranscriptionOptions.defaults(),
                QUICK.toBuilder().beams(3).build())) {
            Transcription expected = transcriber.transcribe(samples, options);
            assertTrue(expected.segments().size() >= 3, "three windows at least");
            for (int threads = 1; threads <= 3; threads++) {
                try (Model other = Model.open(lane, ModelOptions.defaults().withThreads(threads))) {
                    List<TranscriptionSegment> told = new ArrayList<>();
                    assertSame(expected,
                            other.transcriber().transcribe(pieces(samples, threads), options, told::add));
                    assertEquals(expected.segments().size(), told.size());
                }
            }
        }
    }

    /** Parts are in their order, each longer than nothing, and within the recording. */
    @Test
    void timesGoForward() {
        float[] samples = noise(4, 100 * RATE);
        double before = 0;
        for (TranscriptionSegment part : transcriber.transcribe(samples, QUICK.toBuilder().timestamps(true).build())
                .segments()) {
            assertTrue(part.start() >= before && part.end() > part.start(), part::toString);
            assertFalse(part.text().isBlank());
            before = part.start();
        }
        assertTrue(before > 60, "the last window has a part");
    }

    /** Three hours, of which some seconds are not silent: never more than a window is read ahead. */
    @Test
    void memoryDoesNotDependOnTheLength() throws IOException {
        float[] noise = noise(5, RATE);
        long length = 3L * 3600 * RATE;
        long[] at = {0};
        List<Long> ahead = new ArrayList<>();
        Transcription heard = transcriber.transcribe((into, from, count) -> {
            int n = (int) Math.min(Math.min(count, 1000), length - at[0]);
            for (int i = 0; i < n; i++) {
                long place = at[0] + i;
                into[from + i] = place / RATE % 600 == 0 ? noise[(int) (place % RATE)] : 0;
            }
            at[0] += n;
            return n == 0 ? -1 : n;
        }, QUICK, part -> ahead.add(at[0] - Math.round(part.start() * RATE)));
        assertEquals(length, at[0]);
        assertEquals(FinishReason.END_OF_AUDIO, heard.finish());
        assertTrue(ahead.size() >= 18, "one part at least every ten minutes");
        assertTrue(ahead.stream().allMatch(samples -> samples <= 30 * RATE + 1), ahead::toString);
    }

    /** Greedy, by beams, and by chance, as the fall-back makes texts. */
    @Test
    void aToken_allocatesNothing() {
        assertEquals(0, least(QUICK, 0), "bytes in 10 tokens");
        assertEquals(0, least(QUICK.toBuilder().beams(3).build(), 0), "bytes in 10 tokens of 3 beams");
        assertEquals(0, least(TranscriptionOptions.defaults(), 2 * RandomHearing.TOKENS),
                "bytes in 10 tokens by chance");
    }

    /** The fewest bytes that 10 tokens took, of those that are chosen after so many questions whether to stop. */
    private static long least(TranscriptionOptions options, int after) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        float[] samples = noise(13, RATE);
        long[] at = new long[500];
        int[] asked = new int[1];
        TranscriptionOptions counted = options.toBuilder().cancelWhen(() -> {
            at[Math.min(asked[0]++, at.length - 1)] = threads.getCurrentThreadAllocatedBytes();
            return false;
        }).build();
        long least = Long.MAX_VALUE;
        // Until compiled, vector code allocates; a decoder of two layers asks twice a token.
        for (int round = 0; round < 2000 && least > 0; round++) {
            asked[0] = 0;
            transcriber.transcribe(samples, counted);
            for (int i = after; i + 20 < Math.min(asked[0], at.length - 1); i++) {
                least = Math.min(least, at[i + 20] - at[i]);
            }
        }
        return least;
    }

    @Test
    void whatHasNoSoundHasNoText() {
        for (float[] samples : List.of(new float[0], new float[]{1}, noise(6, 159), new float[100 * RATE],
                Arrays.copyOf(new float[]{1}, 159))) {
            Transcription heard = transcriber.transcribe(samples);
            assertEquals(List.of(), heard.segments());
            assertNull(heard.language());
            assertEquals(FinishReason.END_OF_AUDIO, heard.finish());
        }
        float[] whisper = noise(7, 40 * RATE);
        for (int i = 0; i < whisper.length; i++) {
            whisper[i] *= 2e-4f; // noise is up to a half
        }
        assertEquals(List.of(), transcriber.transcribe(whisper).segments());
        assertNotEquals(List.of(), transcriber.transcribe(noise(8, 160), QUICK).segments());
    }

    @Test
    void samplesThatAreNoNumbersAreRefused() {
        for (float wrong : new float[]{Float.NaN, Float.NEGATIVE_INFINITY}) {
            float[] samples = new float[35 * RATE];
            samples[31 * RATE] = wrong;
            assertEquals("sample 496000 is no finite number",
                    assertThrows(IllegalArgumentException.class, () -> transcriber.transcribe(samples)).getMessage());
        }
    }

    @Test
    void itCanBeStopped() {
        float[] samples = noise(9, 100 * RATE);
        List<TranscriptionSegment> all = transcriber.transcribe(samples, QUICK).segments();
        AtomicInteger asked = new AtomicInteger();
        Transcription cancelled = transcriber.transcribe(samples,
                QUICK.toBuilder().cancelWhen(() -> asked.incrementAndGet() > 200).build());
        assertEquals(FinishReason.CANCELLED, cancelled.finish());
        assertTrue(cancelled.segments().size() < all.size());
        for (int i = 0; i < cancelled.segments().size(); i++) {
            assertArrayEquals(all.get(i).ids(), cancelled.segments().get(i).ids());
        }
        Transcription late = transcriber.transcribe(samples,
                QUICK.toBuilder().timeLimit(Duration.ofNanos(1)).build());
        assertEquals(FinishReason.DEADLINE, late.finish());
        assertEquals(List.of(), late.segments());
        assertEquals(FinishReason.END_OF_AUDIO, transcriber.transcribe(noise(9, RATE),
                QUICK.toBuilder().timeLimit(Duration.ofSeconds(Long.MAX_VALUE)).build()).finish());
    }

    @Test
    void failuresOfOthersPassThroughAndLeaveNothingBehind() {
        float[] samples = noise(10, 2 * RATE);
        Transcription expected = transcriber.transcribe(samples, QUICK);
        assertThrows(IllegalStateException.class, () -> transcriber.transcribe(pieces(samples, 1), QUICK, _ -> {
            throw new IllegalStateException("enough");
        }));
        assertThrows(IOException.class, () -> transcriber.transcribe((_, _, _) -> {
            throw new IOException("gone");
        }, QUICK, _ -> {
        }));
        assertSame(expected, transcriber.transcribe(samples, QUICK));
    }

    @Test
    void aClosedModelHearsNothing() throws IOException {
        Model closed = Model.open(lane);
        Transcriber left = closed.transcriber();
        closed.close();
        assertThrows(ModelClosedException.class, () -> left.transcribe(new float[RATE]));
    }

    /** What is told to the model changes what it says; it is told the text before only if that is wanted. */
    @Test
    void whatWasSaidBeforeCounts() {
        float[] samples = noise(11, 60 * RATE);
        TranscriptionOptions alone = QUICK.toBuilder().previousText(false).build();
        List<TranscriptionSegment> first = transcriber.transcribe(samples, alone).segments();
        List<TranscriptionSegment> told = transcriber.transcribe(samples, QUICK).segments();
        assertArrayEquals(first.getFirst().ids(), told.getFirst().ids());
        // Probabilities tell of every difference, ids of large ones.
        assertNotEquals(first.getLast().logProbability(), told.getLast().logProbability());
        assertNotEquals(first.getFirst().logProbability(), transcriber
                .transcribe(samples, alone.toBuilder().prompt("w7 w8 w9").build()).segments().getFirst()
                .logProbability());
        String endless = "w7 ".repeat(5000);
        assertNotEquals(List.of(),
                transcriber.transcribe(samples, QUICK.toBuilder().prompt(endless).build()).segments());
    }

    /** Random weights say nothing probable: all temperatures are tried, and then the first text is taken. */
    @Test
    void withoutAGoodTextTheFirstIsTaken() {
        float[] samples = noise(12, 3 * RATE);
        Transcription expected = transcriber.transcribe(samples, QUICK);
        assertTrue(expected.segments().getFirst().logProbability() < -1);
        Transcription heard = transcriber.transcribe(samples);
        assertEquals(heard.text(), transcriber.transcribe(samples).text());
        assertTrue(heard.segments().getFirst().temperature() == 0
                ? heard.text().equals(expected.text())
                : heard.segments().getFirst().temperature() <= 1);
    }

    @Test
    void optionsAreChecked() {
        assertThrows(IllegalArgumentException.class, () -> TranscriptionOptions.builder().beams(0));
        assertThrows(IllegalArgumentException.class, () -> TranscriptionOptions.builder().beams(65));
        assertThrows(IllegalArgumentException.class, () -> TranscriptionOptions.builder().timeLimit(Duration.ZERO));
    }

    private static void assertSame(Transcription expected, Transcription found) {
        assertEquals(expected.language(), found.language());
        assertEquals(expected.languageProbability(), found.languageProbability());
        assertArrayEquals(ids(expected.segments()), ids(found.segments()));
        for (int i = 0; i < expected.segments().size(); i++) {
            assertEquals(expected.segments().get(i).logProbability(), found.segments().get(i).logProbability());
            assertEquals(expected.segments().get(i).end(), found.segments().get(i).end());
        }
    }

    private static int[][] ids(List<TranscriptionSegment> parts) {
        return parts.stream().map(TranscriptionSegment::ids).toArray(int[][]::new);
    }

    private static float[] noise(long seed, int count) {
        Random random = new Random(seed);
        float[] samples = new float[count];
        for (int i = 0; i < count; i++) {
            samples[i] = random.nextFloat() - 0.5f;
        }
        return samples;
    }

    private static AudioStream pieces(float[] samples, long seed) {
        Random random = new Random(seed);
        int[] at = {0};
        return (into, from, count) -> {
            int n = Math.min(Math.min(count, random.nextInt(1, 10_000)), samples.length - at[0]);
            System.arraycopy(samples, at[0], into, from, n);
            at[0] += n;
            return n == 0 ? -1 : n;
        };
    }
}
