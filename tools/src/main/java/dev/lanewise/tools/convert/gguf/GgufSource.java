package dev.lanewise.tools.convert.gguf;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.ModelSource;

/** Opens a model in the words of GGUF for conversion: the place where its architecture becomes a specification. */
public final class GgufSource {
    private GgufSource() {}

    /**
     * Opens it.
     *
     * @param model is closed with the result, or at once if it is refused
     * @throws UnsupportedModelException whatever its architecture is: the specification has no decoders yet
     */
    public static ModelSource of(GgufModel model) {
        try (model) {
            String architecture = model.metadata().get("general.architecture") instanceof String name ? name : "";
            throw new UnsupportedModelException(model.files().getFirst() + ": a " + model.format()
                    + " of architecture " + Json.quoted(architecture)
                    + "; it can be inspected, and its conversion is not supported yet");
        }
    }
}
