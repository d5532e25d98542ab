package dev.lanewise.bench.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that dies, or blocks, is a peer that is missing: soon, and it is said why. */
@Timeout(120)
class PipedProcessTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(300);

    /** Does as its arguments say, one after the other, a question each. */
    static final class Mood {
        private Mood() {}

        public static void main(String[] moods) throws Exception {
            BufferedReader questions = new BufferedReader(new InputStreamReader(System.in));
            for (String mood : moods) {
                switch (mood) {
                    case "die" -> {
                        System.err.println("it is all too much");
                        System.exit(3);
                    }
                    case "block" -> Thread.sleep(1_000_000);
                    case "babble" -> System.out.println("one, two");
                    default -> System.out.println("1 2.5");
                }
                questions.readLine();
            }
        }
    }

    private static PipedProcess start(Duration patience, String... moods) throws IOException {
        List<String> command = new java.util.ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                        System.getProperty("java.class.path"), Mood.class.getName()));
        command.addAll(List.of(moods));
        return new PipedProcess("the peer", command, patience);
    }

    private static String failure(PipedProcess process) {
        return assertThrows(IOException.class, () -> process.ask("x")).getMessage();
    }

    @Test
    void whoAnswers_isHeard() throws IOException {
        try (PipedDecoding decoding = new PipedDecoding(start(LONG, "ready", "numbers", "babble"))) {
            assertEquals(2.5, decoding.streams(1, 2, 3, 4)[1]);
            assertTrue(assertThrows(IOException.class, () -> decoding.streams(1, 2, 3, 4)).getMessage()
                    .contains("no numbers: one, two"));
        }
    }

    @Test
    void whoDies_saysWhy() throws IOException {
        try (PipedProcess process = start(LONG, "ready", "die")) {
            assertEquals("the peer has ended with exit code 3: it is all too much", failure(process));
            assertTrue(failure(process).startsWith("the peer has ended with exit code 3"), "and so it does later");
        }
        assertEquals("the peer has ended with exit code 3: it is all too much",
                assertThrows(IOException.class, () -> start(LONG, "die")).getMessage());
    }

    @Test
    void whoBlocks_isEnded() throws IOException {
        assertEquals("the peer hangs: no answer in 0.3 s",
                assertThrows(IOException.class, () -> start(SHORT, "block")).getMessage());
    }

    /** What it started may hold its pipes open. */
    @Test
    void whatAProcessHasStarted_endsWithIt() throws Exception {
        Process process = new ProcessBuilder("sh", "-c", "sleep 1000 & sleep 1000; echo never").start();
        try (TimeLimit limit = new TimeLimit("the shell", process, SHORT)) {
            assertEquals(0, process.getInputStream().readAllBytes().length);
            assertEquals("the shell hangs: no answer in 0.3 s",
                    assertThrows(IOException.class, limit::check).getMessage());
        }
    }
}
