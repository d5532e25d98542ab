package dev.lanewise.tools.convert.ctranslate2;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.MappedFile;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tokens of a model by id: a token a line, or a JSON list.
 *
 * @param file the file they are in
 * @param tokens by id; one that is there twice has its first id, and the second has the empty text
 */
record VocabularyFile(Path file, List<String> tokens) {
    private static final long LARGEST = 64 << 20;
    private static final int MOST = 1 << 21;

    /** The vocabulary of a name, as JSON or text, if there is one. */
    static Optional<VocabularyFile> find(Path folder, String name) throws IOException {
        for (String end : List.of(".json", ".txt")) {
            Path file = folder.resolve(name + end);
            if (Files.exists(file)) {
                return Optional.of(read(file));
            }
        }
        return Optional.empty();
    }

    /** What a model reads. */
    static Optional<VocabularyFile> source(Path folder) throws IOException {
        if (Files.exists(folder.resolve("source_1_vocabulary.txt"))
                || Files.exists(folder.resolve("source_1_vocabulary.json"))) {
            throw new UnsupportedModelException(folder + ": several source vocabularies, of features beside the tokens,"
                    + " are not supported");
        }
        Optional<VocabularyFile> shared = find(folder, "shared_vocabulary");
        return shared.isPresent() ? shared : find(folder, "source_vocabulary");
    }

    /** What it writes. */
    static Optional<VocabularyFile> target(Path folder) throws IOException {
        Optional<VocabularyFile> shared = find(folder, "shared_vocabulary");
        return shared.isPresent() ? shared : find(folder, "target_vocabulary");
    }

    /** The same with a token behind all others if it is not there. */
    VocabularyFile with(String token) {
        if (tokens.contains(token)) {
            return this;
        }
        List<String> more = new ArrayList<>(tokens);
        more.add(token);
        return new VocabularyFile(file, more);
    }

    /** The id of a token, or -1. */
    int id(String token) {
        return tokens.indexOf(token);
    }

    /** Ids by token. */
    Map<String, Integer> ids() {
        Map<String, Integer> ids = HashMap.newHashMap(tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            if (!tokens.get(id).isEmpty()) {
                ids.putIfAbsent(tokens.get(id), id);
            }
        }
        return ids;
    }

    private static VocabularyFile read(Path path) throws IOException {
        try (MappedFile file = MappedFile.open(path)) {
            if (file.size() > LARGEST) {
                throw new ModelFormatException(file.name(), -1, "file size", "at most " + LARGEST + " bytes",
                        Long.toString(file.size()));
            }
            List<String> tokens = path.toString().endsWith(".json") ? list(file) : lines(file);
            if (tokens.size() > MOST) {
                throw new ModelFormatException(file.name(), -1, "tokens", "at most " + MOST, tokens.size() + "");
            }
            return new VocabularyFile(path, once(tokens));
        }
    }

    private static List<String> list(MappedFile file) throws IOException {
        JsonNode list = Json.tree(file, LARGEST);
        List<String> tokens = new ArrayList<>();
        for (JsonNode token : list) {
            if (!list.isArray() || !token.isTextual()) {
                throw new ModelFormatException(file.name(), -1, "vocabulary", "a list of texts", Json.kind(token));
            }
            tokens.add(token.textValue());
        }
        return tokens;
    }

    /** Lines; a carriage return is part of a token unless all lines end with one. */
    private static List<String> lines(MappedFile file) {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(file.bytes().toArray(ValueLayout.JAVA_BYTE))).toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(file.name(), -1, "vocabulary", "UTF-8", "other bytes");
        }
        List<String> lines = new ArrayList<>();
        for (int start = 0; start < text.length();) {
            int end = text.indexOf('\n', start);
            end = end < 0 ? text.length() : end;
            lines.add(text.substring(start, end));
            start = end + 1;
        }
        return lines.stream().allMatch(line -> line.endsWith("\r"))
                ? lines.stream().map(line -> line.substring(0, line.length() - 1)).toList()
                : lines;
    }

    private static List<String> once(List<String> tokens) {
        List<String> once = new ArrayList<>(tokens.size());
        Map<String, Integer> seen = HashMap.newHashMap(tokens.size());
        for (String token : tokens) {
            once.add(seen.putIfAbsent(token, once.size()) == null ? token : "");
        }
        return once;
    }
}
