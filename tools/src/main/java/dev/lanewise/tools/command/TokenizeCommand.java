package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.Tokens;
import dev.lanewise.tools.command.TextInput.Item;
import dev.lanewise.tools.command.TextInput.Items;
import dev.lanewise.tools.console.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Text to ids and back. */
@Command(name = "tokenize", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Prints the tokens of a text: id, where it begins and ends in the text, and how the vocabulary spells "
                + "it. With --decode, the text of ids.")
final class TokenizeCommand extends BaseCommand {
    @Parameters(index = "0", paramLabel = "MODEL", description = "a name, a .lane file, or anything that can be converted")
    private String model;

    @Mixin
    private TextInput input;

    @Option(names = "--no-special", description = "without the tokens that the model adds at the ends")
    private boolean noSpecial;

    @Option(names = "--parse-special", description = "special tokens that are spelled out in the text become their ids")
    private boolean parseSpecial;

    @Option(names = "--decode", paramLabel = "IDS", description = "print the text of these ids instead, as 101,7592,102")
    private String decode;

    TokenizeCommand(Console console) {
        super(console);
    }

    @Override
    void run() throws IOException {
        if (decode != null) {
            decode();
            return;
        }
        input.check();
        if (input.hasIds()) {
            throw wrongUsage("ids are tokens already; --decode IDS prints their text");
        }
        Tokenizer tokenizer = ModelTokenizer.of(model, console);
        EncodeOptions options = new EncodeOptions(!noSpecial, parseSpecial);
        Tokens tokens = new Tokens();
        boolean first = true;
        try (Items items = input.open(console)) {
            for (Item item = items.next(); item != null; item = items.next()) {
                tokenizer.encode(item.text(), options, tokens);
                if (json) {
                    printJson(tokenizer, tokens);
                } else {
                    console.out().print(first ? "" : "\n");
                    print(tokenizer, tokens, console.out());
                }
                first = false;
                console.check();
            }
        }
    }

    private void decode() throws IOException {
        if (!input.isEmpty() || noSpecial && parseSpecial) {
            throw wrongUsage("--decode takes ids and no text");
        }
        int[] ids;
        try {
            ids = Ids.parse(decode);
        } catch (NumberFormatException e) {
            throw wrongUsage(e.getMessage());
        }
        String text = ModelTokenizer.of(model, console).decode(ids, noSpecial);
        if (json) {
            try (JsonGenerator out = JsonOutput.on(console)) {
                out.writeStartObject();
                JsonOutput.array(out, "ids", ids);
                out.writeStringField("text", text);
                out.writeEndObject();
                out.writeRaw('\n');
            }
        } else {
            console.out().println(text);
        }
    }

    private static void print(Tokenizer tokenizer, Tokens tokens, PrintStream out) {
        for (int i = 0; i < tokens.size(); i++) {
            out.printf(Locale.ROOT, "%7d  %5d %5d  %s%n", tokens.id(i), tokens.start(i), tokens.end(i),
                    tokenizer.piece(tokens.id(i)));
        }
    }

    private void printJson(Tokenizer tokenizer, Tokens tokens) throws IOException {
        try (JsonGenerator out = JsonOutput.on(console)) {
            out.writeStartObject();
            JsonOutput.array(out, "ids", tokens.copyOfIds());
            out.writeArrayFieldStart("pieces");
            for (int i = 0; i < tokens.size(); i++) {
                out.writeString(tokenizer.piece(tokens.id(i)));
            }
            out.writeEndArray();
            out.writeArrayFieldStart("offsets");
            for (int i = 0; i < tokens.size(); i++) {
                out.writeArray(new int[]{tokens.start(i), tokens.end(i)}, 0, 2);
            }
            out.writeEndArray();
            out.writeEndObject();
            out.writeRaw('\n');
        }
    }
}
