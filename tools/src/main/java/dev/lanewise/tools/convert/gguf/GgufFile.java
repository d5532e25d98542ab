package dev.lanewise.tools.convert.gguf;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.MappedFile;
import dev.lanewise.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A GGUF model, in one file or split into several, mapped. The headers are checked completely before anything is taken from
 * them; elements are read from the mapping when they are asked for. A number above 2^63 - 1 and an array of arrays, which
 * {@link #metadata} could not hold, are refused.
 */
public final class GgufFile implements GgufModel {
    private static final String SPLIT_TENSORS = "split.tensors.count";

    private final List<MappedFile> files = new ArrayList<>();
    private final Map<String, GgufTensor> tensors = new LinkedHashMap<>();
    private Map<String, Object> metadata = Map.of();

    private GgufFile() {}

    /**
     * Maps and checks a model.
     *
     * @param path its file, or the first of its files
     * @throws ModelFormatException if it is not a sound GGUF file of version 2 or 3, little-endian, or the files of a split
     *             model do not belong together
     * @throws NoSuchFileException if it, or a file that belongs to it, does not exist
     */
    public static GgufFile open(Path path) throws IOException {
        GgufFile file = new GgufFile();
        try {
            file.read(path);
            return file;
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    private void read(Path path) throws IOException {
        metadata = add(path);
        int count = ShardNames.count(path.toString(), metadata);
        if (count > 1) {
            List<Path> paths = ShardNames.all(path, count, metadata);
            for (int i = 1; i < count; i++) {
                ShardNames.check(paths.get(i), count, i, add(paths.get(i)));
            }
            ShardNames.integer(path.toString(), metadata, SPLIT_TENSORS, tensors.size(), tensors.size(),
                    tensors.size());
        }
    }

    /** Maps one file, adds its tensors, and tells its metadata. */
    private Map<String, Object> add(Path path) throws IOException {
        MappedFile file = MappedFile.open(path);
        files.add(file);
        GgufShard shard;
        try {
            shard = GgufShard.parse(file.name(), file.bytes());
        } catch (InternalError e) {
            // A page of the mapping is no longer backed by the file.
            throw new ModelFormatException(file.name(), -1, "file", "a file that stays as it is while it is read",
                    "one cut short meanwhile");
        }
        for (GgufTensor tensor : shard.tensors().values()) {
            if (tensors.put(tensor.name(), tensor) != null) {
                throw new ModelFormatException(file.name(), -1, "tensor " + Json.quoted(tensor.name()),
                        "a name of its own", "the name of a tensor in a file before");
            }
        }
        return shard.metadata();
    }

    @Override
    public String format() {
        return "GGUF file";
    }

    @Override
    public List<Path> files() {
        return files.stream().map(MappedFile::path).toList();
    }

    @Override
    public long size() {
        return files.stream().mapToLong(MappedFile::size).sum();
    }

    @Override
    public Map<String, Object> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    @Override
    public Map<String, GgufTensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return GgufTokenizer.of(this);
    }

    @Override
    public void close() {
        files.forEach(MappedFile::close);
    }
}
