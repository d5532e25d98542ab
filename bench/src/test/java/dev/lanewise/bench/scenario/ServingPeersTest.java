package dev.lanewise.bench.scenario;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Model;
import dev.lanewise.Scheduler;
import dev.lanewise.SchedulerOptions;
import dev.lanewise.bench.Report;
import dev.lanewise.bench.peer.Decoding;
import dev.lanewise.bench.peer.EmbedTask;
import dev.lanewise.bench.peer.GenerateTask;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.Work;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a peer does while it is served against: the run goes on, and says whom it is without, and why. */
@Timeout(120)
class ServingPeersTest {
    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private static Peer peer(Work work) {
        return new Peer() {
            @Override
            public String title() {
                return "a peer";
            }

            @Override
            public List<Work> embedShared(EmbedTask task, int callers, int threads) throws IOException {
                if (work == null) {
                    throw new IOException("it cannot read the file");
                }
                return Collections.nCopies(callers, work);
            }
        };
    }

    private static Work work(CountDownLatch before, RuntimeException failure) {
        return new Work() {
            @Override
            public void run() throws InterruptedException {
                before.await();
                throw failure;
            }

            @Override
            public float[] result() {
                return new float[16];
            }
        };
    }

    private Scenario.Run run(Map<String, Peer> peers) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        return new Scenario.Run(new Report(new PrintStream(out, true, StandardCharsets.UTF_8), nowhere, false), 2, 0,
                peers, Optional.empty(), Optional.empty(), Optional.empty());
    }

    private void assertSaid(String line) {
        String all = out.toString(StandardCharsets.UTF_8);
        assertTrue(all.lines().anyMatch(line::equals), all);
    }

    @Test
    void embeddings() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        Map<String, Peer> peers = new LinkedHashMap<>();
        peers.put("hanging", peer(work(never, null)));
        peers.put("throwing", peer(work(new CountDownLatch(0), new IllegalStateException("out of order"))));
        peers.put("unready", peer(null));
        Path lane = TinyModel.write(folder.resolve("tiny.lane"));
        try (Model model = Model.open(lane); Scheduler scheduler = model.scheduler(SchedulerOptions.defaults())) {
            new EmbedServing(run(peers), new EncoderFiles(folder.resolve("none"), lane), Texts.of(lane, 16),
                    Duration.ofMillis(300)).compare(model.embedder(), scheduler);
        }
        never.countDown();
        assertSaid("missing  hanging: hangs: no answer in 0.3 s");
        assertSaid("missing  throwing: out of order");
        assertSaid("missing  unready: it cannot read the file");
    }

    @Test
    void streams() {
        Map<String, Peer> peers = new LinkedHashMap<>();
        peers.put("broken", new Peer() {
            @Override
            public String title() {
                return "a peer";
            }

            @Override
            public Optional<Decoding> generate(GenerateTask task, int threads) {
                throw new IllegalStateException("broken");
            }
        });
        peers.put("silent", peer(null)); // has no streams
        new StreamServing(run(peers), new DecoderFiles(folder.resolve("none.gguf"), folder.resolve("none.lane")))
                .others(2000);
        assertSaid("missing  broken: broken");
    }
}
