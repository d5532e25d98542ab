package dev.lanewise.bench.onnxruntime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.lanewise.bench.peer.EmbedTask;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** From the start of a process to the first vector, as short as it goes: the ids are given, nothing is tokenised. */
public final class OnnxStart {
    private OnnxStart() {}

    /**
     * Prints a vector.
     *
     * @param args the ONNX file, token ids, threads
     */
    public static void main(String[] args) throws Exception {
        int[] ids = Stream.of(args[1].split(",")).mapToInt(Integer::parseInt).toArray();
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        OrtSession session = OnnxRuntime.session(environment, args[0], Integer.parseInt(args[2]));
        EmbedTask task = new EmbedTask(Path.of(args[0]), new int[][]{ids}, List.of(new int[]{0}));
        try (OnnxEmbed embed = new OnnxEmbed(environment, session, task, true)) {
            embed.run();
            StringBuilder line = new StringBuilder();
            for (float value : embed.result()) {
                line.append(value).append(' ');
            }
            System.out.println(line.toString().strip());
        }
    }
}
