package dev.lanewise.bench;

import dev.lanewise.bench.measure.Machine;
import dev.lanewise.bench.peer.Peer;
import dev.lanewise.bench.scenario.Scenario;
import dev.lanewise.bench.scenario.Scenarios;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lanewise bench}: times Lanewise side by side with others, and against what the machine can do. */
@Command(name = "lanewise bench", mixinStandardHelpOptions = true, sortOptions = false, header = "How fast is it? Without a scenario: which ones there are", description = "Checks that all results agree, then times everybody in turn.")
public final class Bench implements Callable<Integer> {
    private static final int MOST_THREADS = 1024;
    private static final int MOST_SECONDS = 86_400;

    private final List<Scenario> scenarios;
    private final Report report;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "SCENARIO", description = "what to measure")
    private String scenario;

    @Option(names = "--against", split = ",", paramLabel = "PEER", description = "whom to compare with: onnxruntime, pytorch, llama.cpp, jlama, ctranslate2, plain, or none")
    private List<String> against;

    @Option(names = "--threads", paramLabel = "N", description = "how many threads everybody uses (default: as many as there are processors)")
    private int threads = Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());

    @Option(names = "--seconds", paramLabel = "S", description = "how long each case is timed, about (default: 10; soak: 180)")
    private Double seconds;

    @Option(names = "--model", paramLabel = "FILE", description = "generate: a GGUF file, transcribe: the model.bin of a CTranslate2 folder, in place of the catalogue's model")
    private Path model;

    @Option(names = "--audio", paramLabel = "FILE", description = "transcribe: a recording of speech, of which the first 30 seconds are taken")
    private Path audio;

    @Option(names = "--shape", paramLabel = "NAME", description = "embed: random weights of this shape in place of the catalogue's models: modernbert")
    private String shape;

    @Option(names = "--json", paramLabel = "FILE", description = "write the raw samples to a file")
    private Path json;

    Bench(List<Scenario> scenarios, Report report) {
        this.scenarios = scenarios;
        this.report = report;
    }

    /** Runs the command and ends the JVM. */
    public static void main(String[] args) {
        boolean terminal = System.console() != null && System.console().isTerminal();
        System.exit(run(Scenarios.all(), new Report(System.out, System.err, terminal), System.err, args));
    }

    /** Runs the command; returns its exit code: 0, 1 for a failure, 2 for wrong usage. */
    static int run(List<Scenario> scenarios, Report report, PrintStream err, String... args) {
        return new CommandLine(new Bench(scenarios, report)).setErr(new java.io.PrintWriter(err, true))
                .setParameterExceptionHandler((e, _) -> {
                    report.note("%s", e.getMessage());
                    return CommandLine.ExitCode.USAGE;
                }).setExecutionExceptionHandler((e, _, _) -> {
                    report.note("%s", e.getMessage() == null ? e.toString() : e.getMessage());
                    return CommandLine.ExitCode.SOFTWARE;
                }).execute(args);
    }

    @Override
    public Integer call() throws Exception {
        if (threads < 1 || threads > MOST_THREADS || seconds != null && !(seconds >= 0 && seconds <= MOST_SECONDS)) {
            throw wrong("--threads may be 1 to " + MOST_THREADS + ", --seconds 0 to " + MOST_SECONDS);
        }
        if (json != null && json.toAbsolutePath().getParent() != null
                && !Files.isWritable(json.toAbsolutePath().getParent())) {
            throw wrong("--json: cannot write to the folder of " + json);
        }
        if (scenario == null) {
            list();
            return CommandLine.ExitCode.OK;
        }
        Scenario chosen = scenarios.stream().filter(each -> each.name().equals(scenario)).findFirst()
                .orElseThrow(() -> wrong("there is no scenario '" + scenario + "'; there are "
                        + String.join(", ", scenarios.stream().map(Scenario::name).toList())));
        if (shape != null) {
            Scenario ofShape = chosen.ofShape(shape);
            if (ofShape == null) {
                throw wrong("--shape: " + chosen.name() + " has no shape '" + shape + "'");
            }
            chosen = ofShape;
        }
        if (model != null && !chosen.takesModel()) {
            throw wrong("--model: " + chosen.name() + " has its own model");
        }
        if (model != null && !Files.isRegularFile(model)) {
            throw wrong("--model: there is no file " + model);
        }
        if (chosen.takesAudio() != (audio != null)) {
            throw wrong("--audio: " + chosen.name() + (audio == null ? " needs a recording" : " takes no recording"));
        }
        List<String> names = peers(chosen);
        Optional<Checkout> checkout = Checkout.find();
        report.facts(chosen.name(), Machine.describe(checkout.map(Checkout::root).orElse(null), threads));
        chosen.run(
                new Scenario.Run(report, threads, seconds == null ? chosen.seconds() : seconds, load(names, checkout),
                        Optional.ofNullable(model), Optional.ofNullable(audio), checkout));
        if (json != null) {
            report.write(json);
        }
        return CommandLine.ExitCode.OK;
    }

    private void list() {
        for (Scenario each : scenarios) {
            report.line("%-11s %s%s", each.name(), each.purpose(),
                    each.peers().isEmpty() ? "" : "; against " + String.join(", ", each.peers()));
        }
        report.line("");
        report.line(
                "lanewise bench SCENARIO [--against PEER,...|none] [--threads N] [--seconds S] [--model FILE] [--audio FILE] [--shape NAME] [--json FILE]");
        report.line("JMH micro-benchmarks: java -jar bench/target/lanewise-bench.jar -h");
    }

    private List<String> peers(Scenario chosen) {
        if (against == null) {
            return chosen.defaultPeers();
        }
        if (against.equals(List.of("none"))) {
            return List.of();
        }
        for (String name : against) {
            if (!chosen.peers().contains(name)) {
                throw wrong((Peers.NAMES.contains(name)
                        ? chosen.name() + " cannot be compared with " + name
                        : "there is no peer '" + name + "'")
                        + (chosen.peers().isEmpty()
                                ? "; it has no peers"
                                : "; its peers are " + String.join(", ", chosen.peers())));
            }
        }
        return against.stream().distinct().toList();
    }

    private Map<String, Peer> load(List<String> names, Optional<Checkout> checkout) {
        Map<String, Peer> peers = new LinkedHashMap<>();
        for (String name : names) {
            try {
                Peer peer = Peers.load(name, checkout, report);
                peers.put(name, peer);
                report.line("against  %s", peer.title());
            } catch (Peers.MissingException e) {
                report.missing(name, e.getMessage());
            }
        }
        if (!names.isEmpty()) {
            report.line("");
        }
        return peers;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
