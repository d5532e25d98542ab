package dev.lanewise.tools.command;

import dev.lanewise.tools.console.Console;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Where the benchmarks are: their jar holds the engines they compare with, which have no place in this one. */
@Command(name = "bench", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "Run the benchmarks", description = "Benchmarks. They run from a checkout, as ./lanewise bench.")
final class BenchCommand extends BaseCommand {
    @Parameters(arity = "0..*", paramLabel = "SCENARIO", description = "what to measure")
    private List<String> scenarios = List.of();

    BenchCommand(Console console) {
        super(console);
    }

    @Override
    void run() throws IOException {
        throw new IOException("the benchmarks are not in this jar; run them from a checkout: "
                + ("./lanewise bench " + String.join(" ", scenarios)).strip());
    }
}
