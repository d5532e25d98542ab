package dev.lanewise.tools.command;

import dev.lanewise.tools.console.Console;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The model, and where a command takes its texts from: the command line, a file of one text a line, or ids instead of texts.
 */
final class ModelInput {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "MODEL", description = "a name that 'lanewise models' lists, a .lane file, or anything that can be converted")
    private String model;

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "TEXT", description = "a text")
    private List<String> texts = List.of();

    @Option(names = "--ids", paramLabel = "IDS", description = "ids instead of a text, as 101,7592,102; taken as they are, none added")
    private List<String> ids = List.of();

    @Option(names = "--file", paramLabel = "FILE", description = "one text a line, UTF-8; - is the standard input")
    private String file;

    private int begin; // the first of the texts that is an item

    /** To be filled in by the parser. */
    ModelInput() {}

    ModelInput(String model, List<String> texts) {
        this.model = model;
        this.texts = texts;
    }

    /** The model as it was named. */
    String model() {
        return model;
    }

    /**
     * One text, or the ids that stand for it.
     *
     * @param where which one it is, for people
     * @param text the text, or null
     * @param ids the ids, or null
     */
    record Item(String where, String text, int[] ids) {
        /** What it is called in a table. */
        String label() {
            return text != null ? text : Ids.format(ids);
        }
    }

    /** The items in turn. */
    interface Items extends AutoCloseable {
        /** The next one, or null after the last. */
        Item next() throws IOException;

        /** The next ones, some at most; none after the last. */
        default List<Item> next(int most) throws IOException {
            List<Item> batch = new ArrayList<>();
            for (Item item = next(); item != null; item = batch.size() < most ? next() : null) {
                batch.add(item);
            }
            return batch;
        }

        @Override
        default void close() throws IOException {}
    }

    /**
     * Checks what was given, before anything slow is done for it.
     *
     * @throws ParameterException unless there are texts, or ids, or a file
     */
    void check() {
        long kinds = Stream.of(!texts.isEmpty(), !ids.isEmpty(), file != null).filter(given -> given).count();
        if (kinds == 0) {
            throw wrongUsage("no text: give one, or --ids, or --file");
        }
        if (kinds > 1) {
            throw wrongUsage("give texts, or --ids, or --file, not several of them");
        }
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i).isBlank()) {
                throw wrongUsage((texts.size() == 1 ? "the text" : "text " + (i + 1)) + " is empty");
            }
        }
        ids.forEach(this::parse);
    }

    /**
     * Checks what was given where the first text is a query and the items are the others, or the lines of a file.
     *
     * @return the query, null where ids were given
     * @throws ParameterException unless there is a query with texts, or are ids
     */
    String checkWithQuery() {
        if (!ids.isEmpty()) {
            check();
            return null;
        }
        if (texts.isEmpty() || texts.getFirst().isBlank()) {
            throw wrongUsage(texts.isEmpty() ? "no query: give one, and texts or --file" : "the query is empty");
        }
        if ((texts.size() == 1) == (file == null)) {
            throw wrongUsage(file == null
                    ? "no texts: give some behind the query, or --file"
                    : "give texts behind the query, or --file, not both");
        }
        begin = 1;
        return texts.getFirst();
    }

    /** How many there are; of a file, that is not known. */
    boolean isSingle() {
        return file == null && texts.size() + ids.size() == 1;
    }

    /** Whether ids were given instead of texts. */
    boolean hasIds() {
        return !ids.isEmpty();
    }

    /** The file of texts, or null. */
    String file() {
        return file;
    }

    /** Whether nothing was given. */
    boolean isEmpty() {
        return texts.isEmpty() && ids.isEmpty() && file == null;
    }

    /** Begins to read. */
    Items open(Console console) throws IOException {
        if (file != null) {
            return new Lines(file, console);
        }
        Iterator<Item> items = (texts.isEmpty()
                ? IntStream.range(0, ids.size())
                        .mapToObj(i -> new Item("ids " + (i + 1), null, parse(ids.get(i))))
                : IntStream.range(begin, texts.size())
                        .mapToObj(i -> new Item("text " + (i + 1 - begin), texts.get(i), null)))
                .iterator();
        return () -> items.hasNext() ? items.next() : null;
    }

    private int[] parse(String list) {
        try {
            return Ids.parse(list);
        } catch (NumberFormatException e) {
            throw wrongUsage(e.getMessage());
        }
    }

    private ParameterException wrongUsage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** Lines of a file, one at a time. */
    private static final class Lines implements Items {
        private final String name;
        private final BufferedReader reader;
        private int line;

        Lines(String file, Console console) throws IOException {
            boolean standard = file.equals("-");
            name = standard ? "standard input" : file;
            if (!standard && Files.isDirectory(Path.of(file))) {
                throw new IOException(file + " is a folder; --file needs a file of one text a line");
            }
            InputStream in = standard ? console.in() : Files.newInputStream(Path.of(file));
            reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT)));
        }

        @Override
        public Item next() throws IOException {
            String text;
            try {
                text = reader.readLine();
            } catch (CharacterCodingException e) {
                throw new IOException(name + ": not UTF-8, in line " + (line + 1) + " or soon after it", e);
            }
            line++;
            if (text == null) {
                return null;
            }
            // Some editors begin a file with a byte order mark, which is no part of the first text.
            boolean marked = line == 1 && text.startsWith("\uFEFF");
            return new Item("line " + line, marked ? text.substring(1) : text, null);
        }

        @Override
        public void close() throws IOException {
            reader.close();
        }
    }
}
