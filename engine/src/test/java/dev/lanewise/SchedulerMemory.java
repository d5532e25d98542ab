package dev.lanewise;

import dev.lanewise.error.RequestRejectedException;
import dev.lanewise.error.RequestRejectedException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Asks for more keys and values than this JVM has memory for, as something else takes most of it, while small texts go on. */
final class SchedulerMemory {
    private static final GenerationListener NOBODY = text -> {
    };

    private SchedulerMemory() {}

    /** @param arguments a decoder, then a model that translates */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        SchedulerOptions options = SchedulerOptions.defaults().withThreads(1).withCache(100 << 20, CacheType.F32);
        byte[] ballast = new byte[60 << 20];
        try (Model model = Model.open(Path.of(arguments[0]), ModelOptions.defaults().withThreads(1))) {
            generate(model, options);
        }
        System.gc();
        try (Model model = Model.open(Path.of(arguments[1]), ModelOptions.defaults().withThreads(1))) {
            translate(model, options);
        }
        System.out.println("all is well" + ballast[0]);
    }

    private static void generate(Model model, SchedulerOptions options) throws InterruptedException {
        GenerationOptions few = GenerationOptions.builder().maxTokens(40).ignoreEnd(true).build();
        int[] small = RandomDecoder.ids(1, 10);
        int[] alone = model.generator().generate(small, few).ids();
        Scheduler scheduler = model.scheduler(options);
        int refused = 0;
        for (int round = 0; round < 3; round++) {
            CompletableFuture<Generation> good = scheduler.generateAsync(small, few, NOBODY);
            List<CompletableFuture<Generation>> large = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                large.add(scheduler.generateAsync(RandomDecoder.ids(10 * round + i, 1500), few, NOBODY));
            }
            refused += refused(large);
            check(Arrays.equals(alone, good.join().ids()), "a small text is another one");
            check(Arrays.equals(alone, scheduler.generate(small, few).ids()), "a small text is another one later");
        }
        scheduler.close(Duration.ofSeconds(30));
        check(refused > 0, "the heap is too large for this");
        SchedulerStatistics is = scheduler.statistics();
        check(is.rejected() == refused && is.submitted() == is.completed() + is.rejected() && is.running() == 0,
                is.toString());
    }

    private static void translate(Model model, SchedulerOptions options) throws InterruptedException {
        TranslationOptions few = TranslationOptions.defaults().withMaxTokens(300).withMinTokens(300);
        TranslationOptions many = few.withBeams(60);
        int[] source = RandomDecoder.ids(1, 10);
        float[] alone = model.translator().translate(source, few).hypotheses().getFirst().logProbabilities();
        Scheduler scheduler = model.scheduler(options);
        CompletableFuture<Translation> good = scheduler.translateAsync(source, few);
        List<CompletableFuture<Translation>> large = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            large.add(scheduler.translateAsync(RandomDecoder.ids(i, 10), many));
        }
        int refused = refused(large);
        check(refused > 0, "the heap is too large for this");
        check(Arrays.equals(alone, good.join().hypotheses().getFirst().logProbabilities()), "a small one is another");
        scheduler.close(Duration.ofSeconds(30));
        SchedulerStatistics is = scheduler.statistics();
        check(is.rejected() == refused && is.submitted() == is.completed() + is.rejected() && is.running() == 0,
                is.toString());
    }

    /** How many were rejected; all others are there. */
    private static int refused(List<? extends CompletableFuture<?>> answers) {
        int refused = 0;
        for (CompletableFuture<?> answer : answers) {
            try {
                answer.orTimeout(100, TimeUnit.SECONDS).join();
            } catch (CompletionException e) {
                check(e.getCause() instanceof RequestRejectedException why && why.reason() == Reason.NO_MEMORY,
                        e.toString());
                refused++;
            }
        }
        return refused;
    }

    private static void check(boolean good, String problem) {
        if (!good) {
            throw new IllegalStateException(problem);
        }
    }
}
