package dev.lanewise.tools.convert.huggingface;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tools.convert.ForeignFile;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.MappedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The safetensors files of a model: one, or several with an index that says which tensor is in which. */
public final class WeightFiles implements ForeignFile {
    static final String FORMAT = "Hugging Face folder (safetensors)";
    private static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";
    private static final long LARGEST_INDEX = 32 << 20;
    private static final int MOST_FILES = 10_000;

    private final Map<String, Safetensors> files = new TreeMap<>();
    private final Map<String, ForeignTensor> tensors = new LinkedHashMap<>();

    private WeightFiles() {}

    /** Whether a folder has weights. */
    public static boolean areIn(Path folder) {
        return Files.exists(folder.resolve(SINGLE)) || Files.exists(folder.resolve(INDEX));
    }

    /** Opens the weights of a folder. */
    public static WeightFiles in(Path folder) throws IOException {
        Path single = folder.resolve(SINGLE);
        return Files.exists(single) ? single(single) : indexed(folder.resolve(INDEX));
    }

    /** Opens the weights that a file belongs to: itself, or all that one index names. */
    public static WeightFiles around(Path file) throws IOException {
        Path index = file.resolveSibling(INDEX);
        boolean shard = !file.getFileName().toString().equals(SINGLE) && Files.exists(index);
        return shard ? indexed(index) : single(file);
    }

    private static WeightFiles single(Path file) throws IOException {
        WeightFiles weights = new WeightFiles();
        Safetensors opened = Safetensors.open(file);
        weights.files.put(file.getFileName().toString(), opened);
        weights.tensors.putAll(opened.tensors());
        return weights;
    }

    /**
     * Opens the files of an index.
     *
     * @throws ModelFormatException if index and files do not agree, or a name leads out of the folder
     * @throws NoSuchFileException if a file is missing
     */
    static WeightFiles indexed(Path index) throws IOException {
        WeightFiles weights = new WeightFiles();
        try {
            weights.open(index, readIndex(index));
            return weights;
        } catch (Throwable e) {
            weights.close();
            throw e;
        }
    }

    @Override
    public Map<String, ForeignTensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public String format() {
        return FORMAT;
    }

    /** The files, in the order of their names. */
    @Override
    public List<Path> files() {
        return files.values().stream().flatMap(file -> file.files().stream()).toList();
    }

    @Override
    public long size() {
        return files.values().stream().mapToLong(Safetensors::size).sum();
    }

    @Override
    public Map<String, String> metadata() {
        Map<String, String> all = new TreeMap<>();
        files.values().forEach(file -> all.putAll(file.metadata()));
        return all;
    }

    @Override
    public void close() {
        files.values().forEach(Safetensors::close);
    }

    private void open(Path index, Map<String, String> places) throws IOException {
        for (String name : places.values()) {
            if (files.containsKey(name)) {
                continue;
            }
            if (files.size() == MOST_FILES) {
                throw failure(index, "weight_map", "at most " + MOST_FILES + " files", "more");
            }
            // A plain name: a path could lead to any file of this machine.
            boolean plain = !name.isEmpty() && name.length() <= 255
                    && name.chars().allMatch(c -> c > ' ' && c != '/' && c != '\\' && c != ':' && c != 127)
                    && name.endsWith(".safetensors");
            if (!plain) {
                throw failure(index, "weight_map, file", "a plain name that ends with .safetensors", Json.quoted(name));
            }
            Path file = index.resolveSibling(name);
            if (!Files.exists(file)) {
                throw new NoSuchFileException(file.toString(), null, "no such file; " + index + " needs it");
            }
            files.put(name, Safetensors.open(file));
        }
        files.forEach((name, file) -> {
            for (String tensor : file.tensors().keySet()) {
                String place = places.get(tensor);
                if (!name.equals(place)) {
                    throw failure(index, "tensor " + Json.quoted(tensor), "file " + name,
                            place == null ? "no entry" : Json.quoted(place));
                }
            }
        });
        places.forEach((tensor, place) -> {
            ForeignTensor found = files.get(place).tensors().get(tensor);
            if (found == null) {
                throw failure(index, "tensor " + Json.quoted(tensor), "a tensor that is in " + Json.quoted(place),
                        "none there");
            }
            tensors.put(tensor, found);
        });
    }

    private static Map<String, String> readIndex(Path index) throws IOException {
        Map<String, String> places = new LinkedHashMap<>();
        try (MappedFile file = MappedFile.open(index)) {
            if (file.size() > LARGEST_INDEX) {
                throw failure(index, "file size", "at most " + LARGEST_INDEX + " bytes", Long.toString(file.size()));
            }
            try (JsonParser in = Json.parser(file.name(), 0, file.bytes())) {
                expect(index, in.nextToken(), JsonToken.START_OBJECT, "index");
                while (in.nextToken() == JsonToken.FIELD_NAME) {
                    boolean map = in.currentName().equals("weight_map");
                    JsonToken value = in.nextToken();
                    if (map) {
                        readMap(index, in, value, places);
                    } else {
                        in.skipChildren();
                    }
                }
                expect(index, in.nextToken(), null, "index");
            } catch (JsonProcessingException e) {
                throw Json.malformed(file.name(), 0, e);
            }
        }
        if (places.isEmpty()) {
            throw failure(index, "weight_map", "the file of each tensor", "nothing");
        }
        return places;
    }

    private static void readMap(Path index, JsonParser in, JsonToken start, Map<String, String> places)
            throws IOException {
        expect(index, start, JsonToken.START_OBJECT, "weight_map");
        Map<String, String> names = new TreeMap<>();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String tensor = in.currentName();
            expect(index, in.nextToken(), JsonToken.VALUE_STRING, "weight_map, file");
            String name = in.getText();
            places.put(tensor, names.computeIfAbsent(name, n -> n));
        }
    }

    private static void expect(Path index, JsonToken found, JsonToken expected, String field) {
        if (found != expected) {
            throw failure(index, field, Json.kind(expected), Json.kind(found));
        }
    }

    private static ModelFormatException failure(Path index, String field, String expected, String found) {
        return new ModelFormatException(index.toString(), -1, field, expected, found);
    }
}
