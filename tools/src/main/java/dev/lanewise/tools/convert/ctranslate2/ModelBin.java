package dev.lanewise.tools.convert.ctranslate2;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tools.convert.ForeignFile;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.MappedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The file with the variables of a model, mapped. */
public final class ModelBin implements ForeignFile {
    /** Its name in a folder. */
    public static final String NAME = "model.bin";

    private final MappedFile file;
    private final Variables variables;

    private ModelBin(MappedFile file) {
        this.file = file;
        variables = Variables.parse(file.name(), file.bytes());
    }

    /**
     * Maps and checks a file.
     *
     * @throws ModelFormatException if it is damaged
     * @throws UnsupportedModelException if it is of a later version
     */
    public static ModelBin open(Path path) throws IOException {
        return MappedFile.open(path, ModelBin::new);
    }

    /** Whether the first bytes of a file are those of such a file. */
    public static boolean recognises(byte[] head) {
        return Variables.recognises(head);
    }

    Variables variables() {
        return variables;
    }

    @Override
    public String format() {
        return "CTranslate2 model, version " + variables.version();
    }

    @Override
    public List<Path> files() {
        return List.of(file.path());
    }

    @Override
    public long size() {
        return file.size();
    }

    @Override
    public Map<String, String> metadata() {
        Map<String, String> metadata = new TreeMap<>();
        metadata.put("specification", variables.kind());
        metadata.put("revision", Long.toString(variables.revision()));
        return metadata;
    }

    @Override
    public Map<String, ForeignTensor> tensors() {
        return variables.all();
    }

    @Override
    public void close() {
        file.close();
    }
}
