package dev.lanewise.bench.jlama;

import com.github.tjake.jlama.model.AbstractModel;
import com.github.tjake.jlama.model.ModelSupport;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import com.github.tjake.jlama.tensor.AbstractTensor;
import com.github.tjake.jlama.tensor.KvBufferCache;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Computes as the bench says: one command a line on the standard input, one answer a line on the standard output. */
final class JlamaProcess {
    private static final int FIRST_TOKEN = 1000;
    private static final String WRITTEN_LAST = "complete";

    private final AbstractModel model;
    private final KvBufferCache.KvBuffer cache;
    private final AbstractTensor<?, ?> logits; // [vocabulary]
    private int position;

    private JlamaProcess(Path folder, int threads) {
        model = ModelSupport.loadModel(folder.toFile(), null, DType.F32, DType.I8, Optional.empty(),
                Optional.of(threads));
        cache = new KvBufferCache(model).getEphemeralKvBuffer();
        logits = model.makeDenseTensor(model.getConfig().vocabularySize);
    }

    /** The model with its weights in blocks of 4 bits, beside the folder; written if it is not there. */
    private static Path quantised(Path folder) throws IOException {
        Path blocks = folder.resolveSibling(folder.getFileName() + "-jlama-q4");
        if (!Files.exists(blocks.resolve(WRITTEN_LAST))) {
            SafeTensorSupport.quantizeModel(folder, DType.Q4, new String[0], new String[0], Optional.of(blocks));
            Files.createFile(blocks.resolve(WRITTEN_LAST));
        }
        return blocks;
    }

    /** @param arguments the folder, and how many threads */
    public static void main(String[] arguments) throws IOException {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.US_ASCII);
        System.setOut(System.err); // whatever else is printed is no answer
        JlamaProcess process = new JlamaProcess(quantised(Path.of(arguments[0])), Integer.parseInt(arguments[1]));
        out.println("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            out.println(process.answer(words[0],
                    Arrays.stream(words).skip(1).mapToInt(Integer::parseInt).toArray()));
        }
    }

    private String answer(String command, int[] numbers) {
        switch (command) {
            case "prefill" -> prefill(numbers);
            case "decode" -> {
                for (int i = 0; i < numbers[0]; i++) {
                    try (AbstractTensor<?, ?> out = model.forward(FIRST_TOKEN + i, position++, cache,
                            Optional.empty())) {
                        sample(out);
                    }
                }
            }
            case "rewind" -> position = numbers[0];
            case "logits" -> {
                prefill(numbers);
                return IntStream.range(0, logits.shape().last()).mapToObj(i -> Float.toString(logits.get(0, i)))
                        .collect(Collectors.joining(" "));
            }
            default -> throw new IllegalArgumentException(command);
        }
        return "done";
    }

    private void prefill(int[] ids) {
        position = ids.length;
        try (AbstractTensor<?, ?> out = model.batchForward(ids, 0, cache)) {
            sample(out.slice(out.shape().first() - 1));
        }
    }

    /** Leaves the logits, and finds the largest. */
    private void sample(AbstractTensor<?, ?> out) {
        model.sample(out, 0, 0, logits);
    }
}
