package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.Tokens;
import dev.lanewise.tools.command.ModelInput.Item;
import dev.lanewise.tools.command.ModelInput.Items;
import dev.lanewise.tools.console.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Text to ids and back. */
@Command(name = "tokenize", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "Turn a text into tokens, and back", description = "Prints the tokens of a text: id, where it begins and ends in the text, and how the vocabulary spells "
        + "it. With --decode, the text of ids.")
final class TokenizeCommand extends BaseCommand {
    @Mixin
    private ModelInput input;

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
        Tokenizer tokenizer = ModelTokenizer.of(input.model(), console);
        EncodeOptions options = new EncodeOptions(!noSpecial, parseSpecial);
        Tokens tokens = new Tokens();
        boolean first = true;
        try (Items items = input.open(console)) {
            for (Item item = items.next(); item != null; item = items.next()) {
                tokenizer.encode(item.text(), options, tokens);
                int[] characters = characters(item.text());
                if (json) {
                    printJson(tokenizer, tokens, characters);
                } else {
                    console.out().print(first ? "" : "\n");
                    print(tokenizer, tokens, characters, console.out());
                }
                first = false;
                console.flush(); // whoever types line by line sees the answer
            }
        }
    }

    private void decode() throws IOException {
        if (!input.isEmpty() || parseSpecial) {
            throw wrongUsage("--decode takes ids, no text and no --parse-special");
        }
        int[] ids;
        try {
            ids = Ids.parse(decode);
        } catch (NumberFormatException e) {
            throw wrongUsage(e.getMessage());
        }
        String text = ModelTokenizer.of(input.model(), console).decode(ids, noSpecial);
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

    /**
     * Where every {@code char} of a text is, counted in characters: other languages than Java do not count half surrogate
     * pairs, and neither does a person.
     */
    private static int[] characters(String text) {
        int[] characters = new int[text.length() + 1]; // [char index]
        for (int i = 0, count = 0; i < text.length(); i++) {
            characters[i] = count;
            if (!(Character.isHighSurrogate(text.charAt(i)) && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1)))) {
                count++;
            }
            characters[i + 1] = count;
        }
        return characters;
    }

    private static void print(Tokenizer tokenizer, Tokens tokens, int[] characters, PrintStream out) {
        for (int i = 0; i < tokens.size(); i++) {
            out.printf(Locale.ROOT, "%7d  %5d %5d  %s%n", tokens.id(i), characters[tokens.start(i)],
                    characters[tokens.end(i)], tokenizer.piece(tokens.id(i)));
        }
    }

    private void printJson(Tokenizer tokenizer, Tokens tokens, int[] characters) throws IOException {
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
                out.writeArray(new int[]{characters[tokens.start(i)], characters[tokens.end(i)]}, 0, 2);
            }
            out.writeEndArray();
            out.writeEndObject();
            out.writeRaw('\n');
        }
    }
}
