package dev.lanewise.tools.convert.gguf;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A model in the words of GGUF: its keys, its names of tensors, its block types. Holds mappings, no weights on the heap. */
public interface GgufModel extends AutoCloseable {
    /** What it is, for people. */
    String format();

    /** Its files, the first one first. */
    List<Path> files();

    /** The size of its files together in bytes. */
    long size();

    /**
     * What it says of itself, in the order of the (first) file; unmodifiable. Values are {@link String}, {@link Long} for
     * whole numbers of any size, {@link Double} for others, {@link Boolean}, {@code String[]}, {@code long[]},
     * {@code double[]} or {@code boolean[]}.
     */
    Map<String, Object> metadata();

    /** Its tensors by name, in the order of the file or files; unmodifiable. */
    Map<String, GgufTensor> tensors();

    /**
     * A tensor.
     *
     * @throws ModelFormatException if there is none of this name
     */
    default GgufTensor tensor(String name) {
        GgufTensor tensor = tensors().get(name);
        if (tensor == null) {
            throw new ModelFormatException(files().getFirst().toString(), -1, "tensors", "one named '" + name + "'",
                    tensors().size() + " others");
        }
        return tensor;
    }

    /**
     * Its tokenizer, if there is one, read anew at every call.
     *
     * @throws ModelFormatException if there is one, and it is not sound
     * @throws UnsupportedModelException if it is of a kind that is not supported
     */
    Optional<Tokenizer> tokenizer() throws IOException;

    @Override
    void close();
}
