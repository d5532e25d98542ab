package dev.lanewise.tools.convert.gguf;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tools.convert.Generation;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.tools.convert.SpecLimits;
import dev.lanewise.tools.convert.family.DecoderDraft;
import dev.lanewise.tools.convert.family.DecoderTensors;
import dev.lanewise.writer.TensorRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** A decoder in the words of GGUF, opened for conversion. */
public final class GgufSource implements ModelSource {
    private static final List<String> ENDS = List.of("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id",
            "tokenizer.ggml.eom_token_id");
    private static final String TEMPLATE = "tokenizer.chat_template";

    private final GgufModel model;
    private final TransformerSpec spec;
    private final DecoderTensors tensors;
    private final Optional<Tokenizer> tokenizer;
    private final List<String> notes;

    private GgufSource(GgufModel model) throws IOException {
        this.model = model;
        String file = model.files().getFirst().toString();
        String architecture = model.metadata().get("general.architecture") instanceof String name ? name : "";
        if (!GgufFamilies.architectures().contains(architecture)) {
            throw new UnsupportedModelException(file + ": a " + model.format() + " of architecture "
                    + Json.quoted(architecture) + ", which is not supported; supported are "
                    + String.join(", ", GgufFamilies.architectures()));
        }
        if (!model.metadata().getOrDefault("general.type", "model").equals("model")) {
            throw new UnsupportedModelException(file + ": a " + model.format()
                    + " that holds no model of its own (general.type); supported is 'model'");
        }
        DecoderDraft draft = GgufFamilies.draft(model, architecture);
        spec = SpecLimits.check(file, draft.spec(architecture));
        tensors = new DecoderTensors(file, spec, GgufFamilies.names(model, architecture),
                name -> model.tensors().containsKey(name) ? model.tensors().get(name).source() : null);
        notes = new ArrayList<>(draft.notes());
        refuseOthers(file);
        widened().ifPresent(notes::add);
        tokenizer = model.tokenizer();
    }

    /**
     * Opens it.
     *
     * @param model is closed with the result, or at once if it is refused
     * @throws UnsupportedModelException if it has an architecture, a key or a tensor that there is no word for
     * @throws ModelFormatException if a value or a tensor is missing, or contradicts another
     */
    public static ModelSource of(GgufModel model) throws IOException {
        try {
            return new GgufSource(model);
        } catch (Throwable e) {
            model.close();
            throw e;
        }
    }

    private void refuseOthers(String file) {
        for (String name : model.tensors().keySet()) {
            if (!tensors.used().contains(name) && !RotaryFactors.isOne(name)) {
                throw new UnsupportedModelException(file + ": the tensor " + Json.quoted(name)
                        + " has no place in a decoder of this architecture");
            }
        }
    }

    /** Says which types of blocks become floats. */
    private Optional<String> widened() {
        TreeSet<String> types = new TreeSet<>();
        for (String name : tensors.used()) {
            GgufTensor tensor = model.tensors().get(name);
            if (tensor.type().isQuantised() && !tensor.source().type().quantized()) {
                types.add(tensor.type().name());
            }
        }
        return types.isEmpty()
                ? Optional.empty()
                : Optional.of("tensors of type " + String.join(", ", types) + " become floats of the same values; with"
                        + " --type f16, q8_0 or q4_0 the file is smaller, and the values are rounded");
    }

    @Override
    public String format() {
        return model.format();
    }

    @Override
    public TransformerSpec spec() {
        return spec;
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return tokenizer;
    }

    @Override
    public TensorRows rows(String name) {
        return tensors.rows(name);
    }

    @Override
    public DataType type(String name) {
        return tensors.type(name);
    }

    @Override
    public Generation generation() {
        List<Integer> ends = new ArrayList<>();
        for (String key : ENDS) {
            if (model.metadata().get(key) instanceof Long id && id >= 0 && id < spec.embedding().vocabulary()
                    && !ends.contains(id.intValue())) {
                ends.add(id.intValue());
            }
        }
        return new Generation(ends,
                Optional.ofNullable(model.metadata().get(TEMPLATE) instanceof String template ? template : null));
    }

    @Override
    public List<Path> files() {
        return model.files();
    }

    @Override
    public Map<String, String> provenance() {
        Map<String, String> provenance = new TreeMap<>();
        for (String word : List.of("name", "license")) {
            if (model.metadata().get("general." + word) instanceof String text) {
                provenance.put(word, Json.printable(text, 200));
            }
        }
        return provenance;
    }

    @Override
    public List<String> notes() {
        return List.copyOf(notes);
    }

    @Override
    public void close() {
        model.close();
    }
}
