package dev.lanewise.bench.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.bench.Checkout;
import dev.lanewise.bench.Comparison;
import dev.lanewise.bench.Comparison.Contender;
import dev.lanewise.bench.Peers;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.peer.Work;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * From the start of a process to the vector of one short text on its output: {@code lanewise embed} with text to tokenise
 * and JSON to write, against the least that a Java program with another engine has to do.
 */
final class StartScenario implements Scenario {
    private static final double BOUND = 1e-5;
    private static final int TOKENS = 16;

    private final EncoderFiles.Source files;

    StartScenario(EncoderFiles.Source files) {
        this.files = files;
    }

    @Override
    public String name() {
        return "start";
    }

    @Override
    public String purpose() {
        return "all-minilm-l6-v2: from the start of a process to its first vector";
    }

    @Override
    public List<String> peers() {
        return List.of("onnxruntime");
    }

    @Override
    public List<String> defaultPeers() {
        return peers();
    }

    @Override
    public void run(Run run) throws Exception {
        EncoderFiles encoder = files.get(run);
        Checkout checkout = run.checkout()
                .orElseThrow(() -> new IOException("the launcher is in a checkout of Lanewise, and there is none"));
        Texts texts = Texts.of(encoder.lane(), TOKENS);
        Work ours = new Child(
                List.of(checkout.launcher().toString(), "embed", encoder.lane().toString(), texts.texts().getFirst(),
                        "--json", "--threads", Integer.toString(run.threads())),
                StartScenario::vectorOfJson);
        List<Contender> others = new ArrayList<>();
        for (Map.Entry<String, Peer> peer : run.peers().entrySet()) {
            List<Path> jars = Peers.classPath(peer.getKey(), run.checkout(), run.report());
            others.add(new Contender(peer.getKey(),
                    peer(run, peer.getValue(), jars, checkout, encoder.onnx(), texts.ids()[0])));
        }
        new Comparison("process start to first vector", null, BOUND).run(run, ours, others);
    }

    private static Work peer(Run run, Peer peer, List<Path> jars, Checkout checkout, Path onnx, int[] ids) {
        String classPath = Stream.concat(jars.stream(), Stream.of(checkout.benchJar())).map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
        return new Child(
                List.of(ProcessHandle.current().info().command().orElse("java"), "--enable-native-access=ALL-UNNAMED",
                        "-cp", classPath, peer.startClass().orElseThrow(), onnx.toString(),
                        IntStream.of(ids).mapToObj(Integer::toString).collect(Collectors.joining(",")),
                        Integer.toString(run.threads())),
                StartScenario::vectorOfLine);
    }

    private static float[] vectorOfLine(String output) {
        return floats(Stream.of(output.strip().split(" ")).map(Float::valueOf).toList());
    }

    private static float[] vectorOfJson(String output) {
        try {
            JsonNode vector = new ObjectMapper().readTree(output).path(0).path("vector");
            return floats(vector.valueStream().map(JsonNode::floatValue).toList());
        } catch (IOException e) {
            throw new IllegalStateException("no JSON: " + output, e);
        }
    }

    private static float[] floats(List<Float> values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i);
        }
        return floats;
    }

    /** A process from its start to its end; its output is read meanwhile and understood afterwards. */
    private static final class Child implements Work {
        private final List<String> command;
        private final Function<String, float[]> reader;
        private String output;

        Child(List<String> command, Function<String, float[]> reader) {
            this.command = command;
            this.reader = reader;
        }

        @Override
        public void run() throws IOException, InterruptedException {
            Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                throw new IOException("exit code " + status + " of " + String.join(" ", command));
            }
        }

        @Override
        public float[] result() {
            return reader.apply(output);
        }
    }
}
