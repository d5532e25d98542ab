package dev.lanewise.tools.convert;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tools.convert.ctranslate2.CTranslate2Folder;
import dev.lanewise.tools.convert.ctranslate2.ModelBin;
import dev.lanewise.tools.convert.gguf.GgufFile;
import dev.lanewise.tools.convert.gguf.GgufModel;
import dev.lanewise.tools.convert.gguf.GgufSource;
import dev.lanewise.tools.convert.huggingface.HuggingFaceFolder;
import dev.lanewise.tools.convert.huggingface.Safetensors;
import dev.lanewise.tools.convert.huggingface.WeightFiles;
import dev.lanewise.tools.convert.llama2c.Llama2cFile;
import dev.lanewise.tools.convert.onnx.OnnxEncoderSource;
import dev.lanewise.tools.convert.onnx.OnnxGraph;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a file or folder is, told by its first bytes or by what is in it. */
enum SourceFormat {
    /** Our own. */
    LANE,
    /** An ONNX graph. */
    ONNX,
    /** A file of safetensors. */
    SAFETENSORS,
    /** A folder with a configuration and safetensors. */
    FOLDER,
    /** A GGUF file. */
    GGUF,
    /** A checkpoint of llama2.c. */
    LLAMA2C,
    /** The file of a CTranslate2 model, or its folder. */
    CTRANSLATE2;

    private static final String SUPPORTED = "; supported are Hugging Face folders (config.json with model.safetensors or"
            + " model.safetensors.index.json), safetensors files in such a folder, ONNX graphs,"
            + " GGUF files, CTranslate2 models, and checkpoints of llama2.c";
    private static final long LANE_MAGIC = 0x1A0A0D454E414C89L;
    private static final int GGUF_MAGIC = 0x46554747; // "GGUF"
    private static final int HEAD = 64;

    /**
     * Recognises a file or folder.
     *
     * @throws ModelFormatException if it is empty, or no model at all
     * @throws UnsupportedModelException if it is of a format that is known and not supported
     * @throws NoSuchFileException if there is no such file
     */
    static SourceFormat of(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString(), null, "no such file or folder");
        }
        if (Files.isDirectory(path)) {
            return ofFolder(path);
        }
        if (!Files.isRegularFile(path)) {
            throw new ModelFormatException(path.toString(), -1, "file", "a regular file", "a device or a pipe");
        }
        byte[] head;
        try (InputStream in = Files.newInputStream(path)) {
            head = in.readNBytes(HEAD);
        }
        return ofFile(path, head, Files.size(path));
    }

    /** Opens it for conversion. */
    ModelSource open(Path path) throws IOException {
        return switch (this) {
            case LANE -> throw new UnsupportedModelException(path + " is a .lane file already; use it as it is");
            case ONNX -> OnnxEncoderSource.open(path);
            case FOLDER -> HuggingFaceFolder.open(path, WeightFiles.in(path));
            case SAFETENSORS -> beside(path);
            case GGUF, LLAMA2C -> GgufSource.of(gguf(path));
            case CTRANSLATE2 -> CTranslate2Folder.open(bin(path));
        };
    }

    /** Its tokenizer alone. */
    Optional<Tokenizer> tokenizer(Path path) throws IOException {
        if (this == GGUF || this == LLAMA2C) {
            try (GgufModel model = gguf(path)) {
                return model.tokenizer();
            }
        }
        try (ModelSource source = open(path)) {
            return source.tokenizer();
        }
    }

    /** Opens it to look at. */
    ForeignFile inspect(Path path) throws IOException {
        return switch (this) {
            case ONNX -> OnnxGraph.open(path);
            case FOLDER -> WeightFiles.in(path);
            case SAFETENSORS -> Safetensors.open(path);
            case CTRANSLATE2 -> bin(path);
            case LANE, GGUF, LLAMA2C -> throw new IllegalArgumentException(path + " is no foreign file of tensors");
        };
    }

    /** Opens it, in the words of GGUF. */
    GgufModel gguf(Path path) throws IOException {
        return switch (this) {
            case GGUF -> GgufFile.open(path);
            case LLAMA2C -> Llama2cFile.open(path);
            default -> throw new IllegalArgumentException(path + " has no words of GGUF");
        };
    }

    private static ModelBin bin(Path path) throws IOException {
        return ModelBin.open(Files.isDirectory(path) ? path.resolve(ModelBin.NAME) : path);
    }

    private static ModelSource beside(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (!Files.exists(folder.resolve(HuggingFaceFolder.CONFIG))) {
            throw new NoSuchFileException(folder.resolve(HuggingFaceFolder.CONFIG).toString(), null,
                    "no such file; weights alone do not say what they compute, so the model's config.json must lie"
                            + " beside them");
        }
        return HuggingFaceFolder.open(folder, WeightFiles.around(file));
    }

    private static SourceFormat ofFolder(Path folder) throws IOException {
        boolean weights = WeightFiles.areIn(folder);
        if (weights && Files.exists(folder.resolve(HuggingFaceFolder.CONFIG))) {
            return FOLDER;
        }
        if (weights) {
            throw new UnsupportedModelException(
                    folder + " has safetensors and no config.json, which says what they compute" + SUPPORTED);
        }
        if (Files.exists(folder.resolve(ModelBin.NAME))) {
            SourceFormat format = of(folder.resolve(ModelBin.NAME));
            if (format == CTRANSLATE2) {
                return format;
            }
        }
        List<String> names;
        try (Stream<Path> files = Files.list(folder)) {
            names = files.map(file -> file.getFileName().toString()).sorted().limit(10_000).toList();
        }
        throw new UnsupportedModelException(folder + ": " + foundIn(names) + SUPPORTED);
    }

    private static String foundIn(List<String> names) {
        if (names.isEmpty()) {
            return "an empty folder";
        }
        for (String name : names) {
            if (name.startsWith("pytorch_model") || name.endsWith(".pt") || name.endsWith(".pth")
                    || name.endsWith(".ckpt")) {
                return "PyTorch weights in " + Json.quoted(name)
                        + ", a format that runs code when it is read; save the model as safetensors"
                        + " (save_pretrained of transformers does)";
            }
            if (name.endsWith(".onnx")) {
                return "a folder with an ONNX graph; name the file itself, " + Json.quoted(name);
            }
            if (name.endsWith(".gguf")) {
                return "a folder with a GGUF file; name the file itself, " + Json.quoted(name);
            }
            if (name.endsWith(".h5") || name.endsWith(".msgpack") || name.equals("saved_model.pb")) {
                return "TensorFlow or Flax weights in " + Json.quoted(name);
            }
        }
        return "a folder without weights (" + Json.printable(String.join(", ", names.subList(0, Math.min(5,
                names.size()))), 200) + (names.size() > 5 ? ", ..." : "") + ")";
    }

    private static SourceFormat ofFile(Path path, byte[] head, long size) {
        if (head.length == 0) {
            throw new ModelFormatException(path.toString(), 0, "file", "a model", "an empty file");
        }
        ByteBuffer bytes = ByteBuffer.allocate(HEAD).order(ByteOrder.LITTLE_ENDIAN).put(head).rewind();
        long word = bytes.getLong(0);
        if (word == LANE_MAGIC) {
            return LANE;
        }
        // Before all others: the length of its header may look like the mark of any of them.
        if (head.length > 8 && head[8] == '{' && word > 0 && word <= Safetensors.LARGEST_HEADER) {
            return SAFETENSORS;
        }
        if ((int) word == GGUF_MAGIC) {
            return GGUF;
        }
        if (Llama2cFile.recognises(head, size)) {
            return LLAMA2C;
        }
        if (ModelBin.recognises(head)) {
            return CTRANSLATE2;
        }
        String known = known(word, head);
        if (known != null) {
            throw new UnsupportedModelException(path + " is " + known + SUPPORTED);
        }
        String start = new String(head, StandardCharsets.ISO_8859_1);
        if (start.startsWith("version https://git-lfs")) {
            throw new ModelFormatException(path.toString(), 0, "file", "a model",
                    "a Git LFS pointer in its place; fetch the file itself with 'git lfs pull'");
        }
        boolean text = start.chars().allMatch(c -> c >= ' ' || c == '\n' || c == '\r' || c == '\t');
        String name = path.getFileName().toString();
        if (!text && name.endsWith(".safetensors")) {
            return SAFETENSORS;
        }
        // ir_version, then a field of a ModelProto with one of its small numbers.
        boolean onnx = head.length > 3 && head[0] == 0x08 && head[1] > 0 && head[1] < 64 && head[2] >= 0x12
                && head[2] <= 0x72;
        if (!text && (onnx || name.endsWith(".onnx"))) {
            return ONNX;
        }
        throw new ModelFormatException(path.toString(), 0, "file", "a model",
                (text ? start.stripLeading().startsWith("<") ? "an HTML or XML page" : "text" : "an unknown format")
                        + SUPPORTED);
    }

    private static String known(long word, byte[] head) {
        int low = (int) word;
        if (low == 0x67676D6C || low == 0x67676A74 || low == 0x67676D66) {
            return "a GGML file, the format before GGUF";
        }
        if (low == 0x04034B50) {
            return "a ZIP archive, probably PyTorch weights (a format that runs code when it is read; save the model as"
                    + " safetensors)";
        }
        if ((low & 0xFF) == 0x80 && (low >>> 8 & 0xFF) >= 2 && (low >>> 8 & 0xFF) <= 5) {
            return "a Python pickle, probably PyTorch weights (a format that runs code when it is read; save the model"
                    + " as safetensors)";
        }
        if (low == 0x46444889) {
            return "an HDF5 file, probably Keras weights";
        }
        if (head.length >= 8 && (int) (word >>> 32) == 0x334C4654) {
            return "a TensorFlow Lite file";
        }
        if ((low & 0xFFFF) == 0x8B1F) {
            return "a gzip archive; unpack it first";
        }
        return null;
    }
}
