package dev.lanewise.tools.command;

import dev.lanewise.CacheType;
import dev.lanewise.FinishReason;
import dev.lanewise.Generation;
import dev.lanewise.GenerationOptions;
import dev.lanewise.GenerationSession;
import dev.lanewise.Generator;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.SessionOptions;
import dev.lanewise.error.ChatTemplateException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.models.chat.Chat;
import dev.lanewise.models.chat.ChatMessage;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.console.Console;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jline.utils.Signals;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A conversation. */
@Command(name = "chat", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "Talk with a model", description = "A conversation in lines, by the model's own template. Ctrl-C stops an answer. Lines that begin with a slash are commands: "
        + "/reset begins anew, /save FILE and /load FILE keep a conversation, /exit ends, as does the end of the input.")
final class ChatCommand extends BaseCommand {
    @Parameters(index = "0", paramLabel = "MODEL", description = "a name that 'lanewise models' lists, a .lane file, or anything that can be converted")
    private String model;

    @Mixin
    private SamplingInput sampling;

    @Option(names = "--system", paramLabel = "TEXT", description = "how the model is to behave")
    private String system;

    @Option(names = "--context", paramLabel = "N", description = "how many tokens the conversation may have (default: what the model takes, at most 4096)")
    private int context;

    @Option(names = "--cache", paramLabel = "TYPE", description = "how keys and values are kept: f32, bf16 or q8 (default: f32)")
    private CacheType cache = CacheType.F32;

    private final List<ChatMessage> conversation = new ArrayList<>();
    private final AtomicReference<GenerationSession> answering = new AtomicReference<>();
    private Generator generator;
    private Chat chat;
    private SessionOptions room;
    private GenerationSession session;

    ChatCommand(Console console) {
        super(console);
    }

    @Override
    void run() throws IOException {
        if (json) {
            throw wrongUsage("chat has no --json: use generate");
        }
        if (context < 0) {
            throw wrongUsage("--context must be at least 1, not " + context);
        }
        GenerationOptions.Builder builder = sampling.builder();
        sampling.sayIdle(console);
        ModelOptions options = sampling.modelOptions(threads());
        try (Model opened = new ModelCache(console).open(model, ModelCache.AS_STORED,
                file -> Model.open(file, options))) {
            generator = opened.generator();
            room = SessionOptions.defaults().withMaxTokens(context).withCache(cache);
            reset();
            chat = Chat.of(opened);
            List<ChatMessage> trial = new ArrayList<>(conversation);
            trial.add(ChatMessage.user("hello"));
            chat.prompt(trial); // or the failure, before anybody has typed
            session = generator.newSession(room);
            Object before = Signals.register("INT", this::interrupted);
            try {
                converse(builder);
            } finally {
                Signals.unregister("INT", before);
            }
        }
    }

    private void interrupted() {
        GenerationSession running = answering.get();
        if (running != null) {
            running.cancel();
        } else {
            console.err().println();
            console.say("/exit ends the conversation");
        }
    }

    private void converse(GenerationOptions.Builder builder) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(console.in(), StandardCharsets.UTF_8));
        for (;;) {
            if (console.isTerminal()) {
                console.err().print("> ");
                console.err().flush();
            }
            String line = in.readLine();
            if (line == null || line.strip().equals("/exit")) {
                return;
            }
            if (line.startsWith("/")) {
                command(line.strip());
            } else if (!line.isBlank()) {
                answer(line, builder);
            }
        }
    }

    private void command(String line) {
        int space = line.indexOf(' ');
        String name = space < 0 ? line : line.substring(0, space);
        String file = space < 0 ? "" : line.substring(space + 1).strip();
        boolean needsFile = name.equals("/save") || name.equals("/load");
        if (needsFile && file.isEmpty()) {
            console.say(name + " needs a file");
            return;
        }
        try {
            switch (name) {
                case "/reset" -> {
                    reset();
                    session.rewind(0);
                    console.say("a new conversation");
                }
                case "/save" -> {
                    SavedChat.write(Path.of(file), conversation, session);
                    console.say("saved");
                }
                case "/load" -> {
                    SavedChat saved = SavedChat.read(Path.of(file), generator, room);
                    conversation.clear();
                    conversation.addAll(saved.conversation());
                    session = saved.session();
                    console.say("loaded a conversation of " + conversation.size() + " messages");
                }
                default -> console.say("there are /reset, /save FILE, /load FILE and /exit, and no " + name);
            }
        } catch (IOException | RuntimeException e) {
            console.say(Failures.describe(e)); // the conversation goes on
        }
    }

    private void reset() {
        conversation.clear();
        if (system != null) {
            conversation.add(ChatMessage.system(system));
        }
    }

    private void answer(String text, GenerationOptions.Builder builder) throws IOException {
        conversation.add(ChatMessage.user(text));
        StreamedOutput out = new StreamedOutput(console);
        Generation made;
        try {
            session.restart(chat.encode(conversation));
            answering.set(session);
            made = session.generate(builder.cancelWhen(out::hasFailed).build(), out::print);
        } catch (ChatTemplateException e) {
            conversation.removeLast();
            console.say(e.getMessage());
            return;
        } catch (TextTooLongException e) {
            conversation.removeLast();
            console.say(
                    "the conversation has no room left: " + e.tokens() + " tokens, and there is room for " + e.limit()
                            + "; /reset begins anew, --context gives more room");
            return;
        } finally {
            answering.set(null);
        }
        conversation.add(ChatMessage.assistant(made.text()));
        out.print("\n");
        out.check();
        if (made.finish() == FinishReason.CONTEXT_FULL) {
            console.say("the answer was cut: the conversation has no room left; /reset begins anew");
        }
        Figures.say(console, made);
    }
}
