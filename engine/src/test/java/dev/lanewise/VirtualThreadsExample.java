package dev.lanewise;

import dev.lanewise.SchedulerOptions.WhenFull;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The second example of docs/embed-in-a-service.md, so that it compiles; {@link ReadmeTest} compares the two. */
final class VirtualThreadsExample {
    private VirtualThreadsExample() {}

    static void store(List<String> texts) throws IOException, InterruptedException, ExecutionException {
        // begin
        try (Model model = Model.open(Path.of("all-minilm-l6-v2.lane"));
                Scheduler scheduler = model.scheduler(SchedulerOptions.defaults().withQueue(256, WhenFull.BLOCK));
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<float[]>> vectors = new ArrayList<>();
            for (String text : texts) {
                vectors.add(callers.submit(() -> scheduler.embed(text))); // a thread that waits costs next to nothing
            }
            for (Future<float[]> vector : vectors) {
                store(vector.get());
            }
        }
        // end
    }

    private static void store(float[] vector) {}
}
