package dev.lanewise.tools.convert;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.LaneWriter;
import dev.lanewise.writer.QuantizedRows;
import dev.lanewise.writer.SpecWriter;
import dev.lanewise.writer.TensorRows;
import dev.lanewise.writer.TokenizerWriter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/**
 * Writes a {@code .lane} file from a source. It streams: in memory are 32 rows of as many matrices as there are threads at work,
 * whatever the size of the model. One more thread computes the digests of the source meanwhile, and the caller's forces to the
 * disk what is written. The same source and options give the same bytes.
 */
public final class Conversion {
    /** The prefix of the metadata that says where a file comes from. */
    public static final String PROVENANCE = "provenance.";
    private static final long REPORT_BYTES = 1 << 20;
    /** The disk gets so much at a time, while the threads go on: the end then waits for little. */
    private static final long FORCE_BYTES = 64 << 20;
    /** More have no more to do: the digests cannot be divided. */
    private static final int MOST_THREADS = 4;
    /** Stands for a digest until it is known. */
    private static final String NO_DIGEST = "0".repeat(64);

    private Conversion() {}

    /**
     * What a caller chooses or knows better than the source.
     *
     * @param type of matrices and tables, or null: of each, the smallest that holds it as the source stores it; vectors are
     *            F32 always
     * @param pooling in place of the source's, or null
     * @param prompts in place of the source's, or null
     * @param provenance added to the source's, and stronger: keys are words such as "license"
     */
    public record Options(DataType type, PoolingSpec pooling, Prompts prompts, Map<String, String> provenance) {
        /** Takes a copy. */
        public Options {
            provenance = Map.copyOf(provenance);
        }

        /** Everything as the source says. */
        public static Options asStored() {
            return new Options(null, null, null, Map.of());
        }

        /** Another type, the rest as the source says. */
        public static Options of(DataType type) {
            return new Options(type, null, null, Map.of());
        }
    }

    /** Hears how far a conversion is. */
    @FunctionalInterface
    public interface Progress {
        /** Hears nothing. */
        Progress NONE = (done, total) -> {
        };

        /**
         * Called about once a megabyte, and at the end, by one thread at a time.
         *
         * @param done bytes of weights written
         * @param total of how many
         */
        void report(long done, long total);
    }

    /**
     * Converts a model.
     *
     * @param target where the file shall appear, whole or not at all
     * @throws ModelFormatException if a weight of the source is not a finite number, or a file of it was cut short meanwhile
     * @throws UnsupportedModelException if a weight of the source has no finite value in the chosen type, or the weights
     *             are of a type that is not supported
     * @throws IOException if the target cannot be written
     */
    public static void convert(ModelSource source, Path target, Options options, Progress progress)
            throws IOException {
        TransformerSpec spec = options.pooling() == null ? source.spec() : source.spec().withPooling(options.pooling());
        boolean encoderQ8 = options.type() == DataType.Q8_0 && spec.shape() == TransformerSpec.Shape.ENCODER;
        List<TensorInfo> tensors = spec.tensors(name -> options.type() == null
                ? source.type(name)
                : encoderQ8 ? EncoderQ8.type(name) : options.type()).toList();
        long total = tensors.stream().mapToLong(tensor -> (long) tensor.rows() * rowBytes(tensor)).sum();
        Counter counter = new Counter(progress, total);
        List<String> unknown = Collections.nCopies(source.files().size(), NO_DIGEST);
        int threads = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MOST_THREADS);
        try (ExecutorService crew = Executors.newFixedThreadPool(threads + 1)) { // and one for the digests
            Future<List<String>> digests = crew.submit(() -> digests(source));
            try (LaneWriter writer = new LaneWriter(target, metadata(source, spec, options, unknown), tensors)) {
                List<Future<?>> written = new ArrayList<>();
                for (int i = 0; i < tensors.size(); i++) {
                    int index = i;
                    written.add(crew.submit(() -> {
                        write(source, writer, index, tensors.get(index), encoderQ8, counter);
                        return null;
                    }));
                }
                long unforced = 0;
                for (int i = 0; i < tensors.size(); i++) {
                    result(written.get(i));
                    unforced += tensors.get(i).bytes();
                    if (unforced >= FORCE_BYTES) {
                        writer.force();
                        unforced = 0;
                    }
                }
                writer.force();
                writer.metadata(metadata(source, spec, options, result(digests)));
                writer.finish();
            } finally {
                crew.shutdownNow(); // after a failure, nothing of the rest is begun
            }
        }
        progress.report(total, total);
    }

    /** What a thread has made, or its failure as it was thrown. */
    private static <T> T result(Future<T> future) throws IOException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the conversion was interrupted");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case Throwable failure -> throw new IllegalStateException(failure);
            }
        }
    }

    private static Metadata metadata(ModelSource source, TransformerSpec spec, Options options, List<String> digests)
            throws IOException {
        Metadata.Builder metadata = Metadata.builder();
        SpecWriter.write(spec, metadata);
        writeTokenizers(source, spec, metadata);
        Map<String, String> words = new TreeMap<>(source.provenance());
        words.putAll(options.provenance());
        words.put("format", source.format());
        words.forEach((key, value) -> metadata.put(PROVENANCE + key, value));
        metadata.put(PROVENANCE + "files",
                source.files().stream().map(file -> file.getFileName().toString()).toArray(String[]::new));
        metadata.put(PROVENANCE + "sha256", digests.toArray(String[]::new));
        source.generation().write(metadata);
        (options.prompts() == null ? source.prompts() : options.prompts()).write(metadata);
        return metadata.build();
    }

    private static List<String> digests(ModelSource source) throws IOException {
        List<String> digests = new ArrayList<>();
        for (Path file : source.files()) {
            digests.add(Sha256.of(file));
        }
        return digests;
    }

    /** Writes the tokenizers of a source as metadata, the target's with a prefix of its own. */
    static void writeTokenizers(ModelSource source, TransformerSpec spec, Metadata.Builder metadata) {
        EmbeddingSpec read = spec.source() == null || spec.source().embedding() == null
                ? spec.embedding()
                : spec.source().embedding();
        source.tokenizer().ifPresent(tokenizer -> {
            checkFits(tokenizer, read, source);
            TokenizerWriter.write(tokenizer, metadata);
        });
        source.targetTokenizer().ifPresent(tokenizer -> {
            checkFits(tokenizer, spec.embedding(), source);
            Metadata.Builder written = Metadata.builder();
            TokenizerWriter.write(tokenizer, written);
            metadata.putAll(TokenizerSpec.TARGET, written.build());
        });
    }

    private static void checkFits(Tokenizer tokenizer, EmbeddingSpec embedding, ModelSource source) {
        if (tokenizer.size() > embedding.vocabulary()) {
            throw new ModelFormatException(source.files().getFirst().toString(), -1, "tokenizer",
                    "at most " + embedding.vocabulary() + " ids, one for each row of the embedding",
                    Integer.toString(tokenizer.size()));
        }
    }

    private static void write(ModelSource source, LaneWriter writer, int index, TensorInfo tensor, boolean encoderQ8,
            Counter counter) throws IOException {
        TensorRows rows;
        synchronized (source) { // which is not thread-safe; rows are of one thread
            rows = source.rows(tensor.name());
        }
        long bytes = rowBytes(tensor);
        boolean[] notFinite = {false};
        TensorRows floats = (row, into) -> {
            rows.read(row, into);
            counter.accept(bytes);
            for (int i = 0; i < tensor.columns(); i++) {
                notFinite[0] |= !Float.isFinite(into[i]);
            }
        };
        try {
            writer.write(index, rows instanceof QuantizedRows blocks && blocks.type() == tensor.type()
                    ? counted(blocks, bytes, counter)
                    : encoderQ8 && tensor.type() == DataType.Q8_0 ? new EncoderQ8(floats, tensor.columns()) : floats);
        } catch (ArithmeticException e) {
            if (notFinite[0]) {
                throw new ModelFormatException(source.files().getFirst().toString(), -1, "tensor " + tensor.name(),
                        "finite numbers", "NaN or infinity: the source is damaged (" + e.getMessage() + ")");
            }
            throw new UnsupportedModelException(source.files().getFirst() + ": " + e.getMessage());
        } catch (InternalError e) {
            // What the JDK throws when a mapped page is no longer behind the mapping.
            throw new ModelFormatException(source.files().getFirst().toString(), -1, "tensor " + tensor.name(),
                    "a file that stays as it was opened", "one that was cut short while it was read");
        }
    }

    private static QuantizedRows counted(QuantizedRows rows, long bytes, Counter counter) {
        return new QuantizedRows() {
            @Override
            public DataType type() {
                return rows.type();
            }

            @Override
            public void read(int row, float[] into) throws IOException {
                rows.read(row, into);
            }

            @Override
            public void readBlocks(int row, byte[] codes, byte[] scales, float[] floats) throws IOException {
                rows.readBlocks(row, codes, scales, floats);
                counter.accept(bytes);
            }
        };
    }

    private static long rowBytes(TensorInfo tensor) {
        return tensor.type().bytes(tensor.columns());
    }

    /** Adds up and reports now and then. */
    private static final class Counter implements LongConsumer {
        private final Progress progress;
        private final long total;
        private long done;
        private long reported;

        Counter(Progress progress, long total) {
            this.progress = progress;
            this.total = total;
        }

        @Override
        public synchronized void accept(long bytes) {
            done += bytes;
            if (done - reported >= REPORT_BYTES) {
                reported = done;
                progress.report(done, total);
            }
        }
    }
}
