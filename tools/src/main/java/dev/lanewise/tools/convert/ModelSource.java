package dev.lanewise.tools.convert;

import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.weights.TensorRows;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A model in a format that is not ours, opened for conversion. Holds mappings, no weights on the heap. Not thread-safe. */
public interface ModelSource extends AutoCloseable {

    /** What kind of source it is, for people: "ONNX graph", "Hugging Face folder". */
    String format();

    /** The specification that its configuration or graph says. */
    TransformerSpec spec();

    /** Its tokenizer, if there is one beside the weights. */
    Optional<Tokenizer> tokenizer();

    /**
     * The rows of a tensor of {@link TransformerSpec#tensors}, converted to floats, in the orientation of the specification.
     *
     * @param name a name of the specification
     */
    TensorRows rows(String name) throws IOException;

    /** Where it comes from and under which licence, as far as it says: keys are words such as "producer" and "license". */
    Map<String, String> provenance();

    /** What was left out on purpose and why, a sentence each; for people. */
    List<String> notes();

    @Override
    void close() throws IOException;
}
