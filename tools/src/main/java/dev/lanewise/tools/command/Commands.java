package dev.lanewise.tools.command;

import dev.lanewise.tools.console.Console;
import dev.lanewise.tools.console.Console.OutputException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The table of commands, and how one of them is run. Only the command that was asked for is created: picocli reads its
 * annotations by reflection, which costs a few milliseconds each.
 */
public final class Commands {
    /** Ended as it should. */
    public static final int OK = 0;
    /** The work failed. */
    public static final int FAILED = 1;
    /** The command line is wrong. */
    public static final int WRONG_USAGE = 2;

    private static final SequencedMap<String, Function<Console, BaseCommand>> TABLE = new LinkedHashMap<>();

    static {
        TABLE.put("embed", EmbedCommand::new);
        TABLE.put("rerank", RerankCommand::new);
        TABLE.put("classify", ClassifyCommand::new);
        TABLE.put("generate", GenerateCommand::new);
        TABLE.put("chat", ChatCommand::new);
        TABLE.put("translate", TranslateCommand::new);
        TABLE.put("transcribe", TranscribeCommand::new);
        TABLE.put("tokenize", TokenizeCommand::new);
        TABLE.put("forward", ForwardCommand::new);
        TABLE.put("models", ModelsCommand::new);
        TABLE.put("convert", ConvertCommand::new);
        TABLE.put("inspect", InspectCommand::new);
        TABLE.put("verify", VerifyCommand::new);
        TABLE.put("bench", BenchCommand::new);
    }

    /** The commands that multiply matrices, and so want the vector module. */
    private static final List<String> COMPUTING = List.of("embed", "rerank", "classify", "generate", "chat",
            "translate", "transcribe", "forward");

    private Commands() {}

    /** Whether the command that these arguments name computes, so that it is slow without the vector module. */
    public static boolean computes(String[] args) {
        return args.length > 0 && COMPUTING.contains(args[0]);
    }

    /** Whether the command that these arguments name goes on after Ctrl-C. */
    public static boolean handlesInterrupts(String[] args) {
        return args.length > 0 && args[0].equals("chat");
    }

    /**
     * Runs a command line.
     *
     * @return the exit code
     */
    public static int run(String[] args, Console console) {
        try {
            EmbedCommand simple = SimpleEmbed.of(args, console);
            int code = simple != null ? simple.call() : commandLine(args, console).execute(args);
            console.flush();
            return code;
        } catch (Throwable e) {
            return report(e, console, args);
        }
    }

    private static int report(Throwable failure, Console console, String[] args) {
        if (failure instanceof OutputException e && e.isReaderGone()) {
            return OK;
        }
        console.out().flush();
        console.say(Failures.describe(failure));
        if (List.of(args).contains("--debug")) {
            failure.printStackTrace(console.err());
        }
        return FAILED;
    }

    private static CommandLine commandLine(String[] args, Console console) {
        CommandLine root = new CommandLine(new Root());
        if (args.length > 0 && TABLE.containsKey(args[0])) {
            root.addSubcommand(args[0], TABLE.get(args[0]).apply(console));
        } else {
            for (Map.Entry<String, Function<Console, BaseCommand>> command : TABLE.entrySet()) {
                root.addSubcommand(command.getKey(), command.getValue().apply(console));
            }
        }
        return root.setOut(new PrintWriter(console.out())).setErr(new PrintWriter(console.err()))
                // A text is a text, whatever it begins with.
                .setExpandAtFiles(false).setCaseInsensitiveEnumValuesAllowed(true)
                .setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF))
                .setParameterExceptionHandler(wrongUsage(console))
                .setExecutionExceptionHandler((failure, line, parsed) -> report(failure, console, args));
    }

    private static IParameterExceptionHandler wrongUsage(Console console) {
        return (failure, args) -> {
            CommandSpec spec = failure.getCommandLine().getCommandSpec();
            console.say(failure.getMessage() + advice(failure));
            console.err().println("Try: lanewise " + (spec.parent() == null ? "" : spec.name() + " ") + "--help");
            return WRONG_USAGE;
        };
    }

    private static String advice(ParameterException failure) {
        return failure instanceof UnmatchedArgumentException e && e.isUnknownOption()
                ? " (a text that begins with a dash goes after --)"
                : "";
    }

    /** What {@code lanewise} says by itself. */
    @Command(name = "lanewise", mixinStandardHelpOptions = true, versionProvider = Version.class, synopsisSubcommandLabel = "COMMAND", commandListHeading = "%nCommands:%n", description = "Transformer inference in pure Java.%n", footer = {
            "",
            "MODEL is a name that 'lanewise models' lists, a .lane file, or anything that 'lanewise convert' reads.",
            "'lanewise COMMAND --help' tells more."})
    private static final class Root implements Runnable {
        @Spec
        private CommandSpec spec;

        @Override
        public void run() {
            throw new ParameterException(spec.commandLine(), "no command: name one of "
                    + String.join(", ", spec.subcommands().keySet()));
        }
    }
}
