package dev.lanewise.tools.convert.llama2c;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tools.convert.MappedFile;
import dev.lanewise.tools.convert.gguf.GgufModel;
import dev.lanewise.tools.convert.gguf.GgufTensor;
import dev.lanewise.tools.convert.gguf.GgufType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A checkpoint of llama2.c, version 0 or 1, mapped. It is a llama in the words of GGUF, with queries and keys in the same
 * order (pairs of the rotary positions lie side by side), so it has the same keys and the same names of tensors.
 */
public final class Llama2cFile implements GgufModel {
    private final MappedFile file;
    private final Llama2cHeader header;
    private final Map<String, GgufTensor> tensors;

    private Llama2cFile(MappedFile file) {
        this.file = file;
        header = Llama2cHeader.read(file.name(), file.bytes());
        tensors = place(file.name(), header, file.bytes());
    }

    /**
     * The tensors of a checkpoint, by name, in the order of the file.
     *
     * @param name that failures give
     * @param bytes the whole file
     * @throws ModelFormatException if it is shorter or longer than its header says
     */
    static Map<String, GgufTensor> place(String name, Llama2cHeader header, MemorySegment bytes) {
        Llama2cLayout layout = new Llama2cLayout(header);
        if (bytes.byteSize() != layout.fileSize()) {
            throw new ModelFormatException(name, Math.min(bytes.byteSize(), layout.fileSize()), "file size",
                    layout.fileSize() + " bytes for its hyper-parameters", Long.toString(bytes.byteSize()));
        }
        Map<String, GgufTensor> tensors = new LinkedHashMap<>();
        for (Llama2cLayout.Entry entry : layout.entries()) {
            tensors.put(entry.name(), new GgufTensor(name, entry.name(), GgufType.F32, entry.shape(), entry.offset(),
                    bytes.asSlice(entry.offset(), entry.bytes())));
        }
        return tensors;
    }

    /**
     * Maps and checks a checkpoint.
     *
     * @throws ModelFormatException if it is not a sound checkpoint of version 0 or 1
     */
    public static Llama2cFile open(Path path) throws IOException {
        return MappedFile.open(path, Llama2cFile::new);
    }

    /**
     * Whether a file is a checkpoint. Version 0 has no mark; there, the hyper-parameters must give the size of the file.
     *
     * @param head the first bytes, 28 or more of them
     * @param size of the file in bytes
     */
    public static boolean recognises(byte[] head, long size) {
        MemorySegment bytes = MemorySegment.ofArray(head);
        if (Llama2cHeader.isMarked(bytes)) {
            return true;
        }
        try {
            return new Llama2cLayout(Llama2cHeader.read("", bytes)).fileSize() == size;
        } catch (ModelFormatException e) {
            return false;
        }
    }

    /** Its hyper-parameters. */
    public Llama2cHeader header() {
        return header;
    }

    @Override
    public String format() {
        return "llama2.c checkpoint, version " + header.version();
    }

    @Override
    public List<Path> files() {
        return List.of(file.path());
    }

    @Override
    public long size() {
        return file.size();
    }

    /** Its hyper-parameters, and the two numbers that are constants in run.c, by the keys of GGUF. */
    @Override
    public Map<String, Object> metadata() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("general.architecture", "llama");
        values.put("llama.vocab_size", (long) header.vocabulary());
        values.put("llama.context_length", (long) header.positions());
        values.put("llama.embedding_length", (long) header.width());
        values.put("llama.block_count", (long) header.layers());
        values.put("llama.feed_forward_length", (long) header.inner());
        values.put("llama.rope.dimension_count", (long) header.headWidth());
        values.put("llama.attention.head_count", (long) header.heads());
        values.put("llama.attention.head_count_kv", (long) header.keyValueHeads());
        values.put("llama.attention.layer_norm_rms_epsilon", (double) 1e-5f);
        values.put("llama.rope.freq_base", 10_000.0);
        return Collections.unmodifiableMap(values);
    }

    @Override
    public Map<String, GgufTensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    /** The one of {@code tokenizer.bin} in the same folder. */
    @Override
    public Optional<Tokenizer> tokenizer() throws IOException {
        return Llama2cTokenizer.beside(file.path(), header.vocabulary());
    }

    @Override
    public void close() {
        file.close();
    }
}
