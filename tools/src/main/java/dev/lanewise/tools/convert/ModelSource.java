package dev.lanewise.tools.convert;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.writer.TensorRows;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A model in a format that is not ours, opened for conversion. Holds mappings, no weights on the heap. Not thread-safe. */
public interface ModelSource extends AutoCloseable {

    /**
     * Opens a model, whichever of the supported formats it is in; content decides, not the name.
     *
     * @param path an ONNX file, a Hugging Face folder, a safetensors file in such a folder, a GGUF file, or a
     *            checkpoint of llama2.c
     * @throws ModelFormatException if it is damaged
     * @throws UnsupportedModelException if it is sound, and of a kind or format that cannot be converted
     * @throws NoSuchFileException if it, or a file that belongs to it, does not exist
     */
    static ModelSource open(Path path) throws IOException {
        return SourceFormat.of(path).open(path);
    }

    /**
     * The tokenizer of a model, without the model: weights are not looked at, so they may be of a kind that cannot be
     * converted, or missing; empty if it has none.
     *
     * @param path what {@link #open} opens, a GGUF file that is a tokenizer alone, a folder with the files of a tokenizer and no
     *            weights, or one such file: {@code tokenizer.json}, {@code vocab.txt}, or a file of SentencePiece, whose ids are
     *            then its own
     * @throws ModelFormatException if it is damaged
     * @throws UnsupportedModelException if it is sound, and of a kind or format that is not supported
     * @throws NoSuchFileException if it, or a file that belongs to it, does not exist
     */
    static Optional<Tokenizer> tokenizer(Path path) throws IOException {
        Optional<Tokenizer> alone = TokenizerFiles.alone(path);
        return alone.isPresent() ? alone : SourceFormat.of(path).tokenizer(path);
    }

    /** What kind of source it is, for people: "ONNX graph", "Hugging Face folder". */
    String format();

    /** The specification that its configuration or graph says. */
    TransformerSpec spec();

    /** Its tokenizer, if there is one beside the weights. */
    Optional<Tokenizer> tokenizer();

    /** The tokenizer of what an encoder-decoder writes, where that is another. */
    default Optional<Tokenizer> targetTokenizer() {
        return Optional.empty();
    }

    /**
     * The rows of a tensor of {@link TransformerSpec#tensors}, converted to floats, in the orientation of the specification.
     * The rows are quick to read in ascending order. Where the source stores blocks of a type that ours has too, they are
     * {@link dev.lanewise.writer.QuantizedRows}.
     *
     * @param name a name of the specification
     * @throws UnsupportedModelException if its elements are of a type that cannot be read
     */
    TensorRows rows(String name) throws IOException;

    /**
     * The smallest type that holds a matrix or table as the source stores it.
     *
     * @param name a name of the specification
     */
    DataType type(String name);

    /** What it says of generating text. */
    default Generation generation() {
        return Generation.NONE;
    }

    /** What it says can be put before a text that is embedded. */
    default Prompts prompts() {
        return Prompts.NONE;
    }

    /** The files that hold its weights. */
    List<Path> files();

    /** Where it comes from and under which licence, as far as it says: keys are words such as "producer" and "license". */
    Map<String, String> provenance() throws IOException;

    /** What was left out on purpose and why, a sentence each; for people. */
    List<String> notes();

    @Override
    void close();
}
