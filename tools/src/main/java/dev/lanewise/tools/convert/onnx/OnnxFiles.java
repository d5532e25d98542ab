package dev.lanewise.tools.convert.onnx;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.MappedFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The file of a graph, and the files beside it that hold weights, each mapped when it is first asked for. */
final class OnnxFiles implements AutoCloseable {
    private static final String LOCATION = "external data, location";
    private static final int MOST_FILES = 10_000;

    private final MappedFile graph;
    private final Map<String, MappedFile> externals = new TreeMap<>();

    OnnxFiles(MappedFile graph) {
        this.graph = graph;
    }

    MappedFile graph() {
        return graph;
    }

    /**
     * A file with weights.
     *
     * @param location where the graph says it is
     * @throws ModelFormatException if that leads out of the folder of the graph
     * @throws NoSuchFileException if there is none
     */
    MappedFile external(String location) throws IOException {
        MappedFile known = externals.get(location);
        if (known != null) {
            return known;
        }
        if (externals.size() == MOST_FILES) {
            throw failure(LOCATION, "at most " + MOST_FILES + " files", "more");
        }
        if (location.isEmpty() || location.length() > 1024 || location.contains("\\") || location.indexOf('\0') >= 0
                || location.indexOf(':') >= 0) {
            throw failure(LOCATION, "a relative path", Json.quoted(location));
        }
        for (String part : location.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw failure(LOCATION, "a path inside the folder of the file", Json.quoted(location));
            }
        }
        Path path = graph.path().toAbsolutePath().getParent().resolve(location);
        try {
            MappedFile opened = MappedFile.open(path);
            externals.put(location, opened);
            return opened;
        } catch (NoSuchFileException e) {
            throw new NoSuchFileException(path.toString(), null,
                    "no such file; " + graph.name() + " keeps weights in it");
        }
    }

    List<Path> paths() {
        List<Path> paths = new ArrayList<>(List.of(graph.path()));
        externals.values().forEach(external -> paths.add(external.path()));
        return paths;
    }

    /** The size of all in bytes. */
    long size() {
        return graph.size() + externals.values().stream().mapToLong(MappedFile::size).sum();
    }

    /** A failure of the graph as a whole. */
    ModelFormatException failure(String field, String expected, String found) {
        return new ModelFormatException(graph.name(), -1, field, expected, found);
    }

    @Override
    public void close() {
        externals.values().forEach(MappedFile::close);
        graph.close();
    }
}
