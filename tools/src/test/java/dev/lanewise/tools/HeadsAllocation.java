package dev.lanewise.tools;

import com.sun.management.ThreadMXBean;
import dev.lanewise.Classifier;
import dev.lanewise.Model;
import dev.lanewise.Reranker;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;

/** Measures what the forms that write into an array allocate; for {@link HeadsTest}. */
final class HeadsAllocation {
    private static final int ROUNDS = 100_000;

    private HeadsAllocation() {}

    /** @param arguments a reranker, a classifier of three labels */
    public static void main(String[] arguments) throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Model one = Model.open(Path.of(arguments[0])); Model three = Model.open(Path.of(arguments[1]))) {
            Reranker reranker = one.reranker();
            Classifier classifier = three.classifier();
            List<String> texts = List.of("a cat", "the dog sat", "b", "on the mat");
            float[] out = new float[4];
            long least = Long.MAX_VALUE;
            // Until compiled, vector code allocates; the steady state is the least of many rounds.
            for (int round = 0; round < ROUNDS && least > 0; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                classifier.logits("the cat sat", out, 0);
                classifier.logits("the cat", "a dog", out, 0);
                classifier.probabilities(out, 0, out, 0);
                reranker.score("the cat", texts, out, 0);
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            System.out.println("least: " + least + " bytes");
        }
    }
}
