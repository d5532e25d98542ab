package dev.lanewise;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import jdk.jfr.FlightRecorder;

/** Measures what the calls after a warm-up allocate: vector code that is not compiled makes an object of every vector. */
final class WarmUpAllocation {
    private static final int LATER = 9;

    private WarmUpAllocation() {}

    /** @param arguments a model */
    public static void main(String[] arguments) throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Model model = Model.open(Path.of(arguments[0]), ModelOptions.defaults().withThreads(1))) {
            model.warmUp().join();
            long[] bytes = new long[1 + LATER];
            for (int call = 0; call < bytes.length; call++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                compute(model);
                bytes[call] = threads.getCurrentThreadAllocatedBytes() - before;
            }
            long first = bytes[0];
            Arrays.sort(bytes);
            System.out.println("recorder " + FlightRecorder.isInitialized());
            System.out.println("allocated " + first + " " + bytes[bytes.length / 2]);
        }
    }

    private static void compute(Model model) {
        if (model.hears()) {
            float[] sound = new float[3 * Transcriber.SAMPLE_RATE];
            for (int i = 0; i < sound.length; i++) {
                sound[i] = i % 61 / 61f;
            }
            model.transcriber().transcribe(sound);
            model.transcriber().transcribe(sound, TranscriptionOptions.builder().beams(3).timestamps(true).build());
        } else if (model.generates()) {
            for (CacheType type : CacheType.values()) {
                GenerationSession session = model.generator()
                        .newSession(SessionOptions.defaults().withMaxTokens(300).withCache(type));
                session.add(RandomDecoder.ids(1, 40));
                session.generate(GenerationOptions.builder().maxTokens(200).ignoreEnd(true).build());
            }
        } else if (model.pooling() != null) {
            for (int i = 0; i < 10; i++) {
                model.embedder().embed(IntStream.range(0, 18).toArray());
            }
        } else {
            model.translator().translate(RandomDecoder.ids(1, 40), TranslationOptions.defaults().withMaxTokens(100));
        }
    }
}
