package dev.lanewise.tools.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.error.LanewiseException;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a user names, the answer says what it is. */
class SourceFormatTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"PK\\3\\4zzzz     | PyTorch", "\\200\\2}qzzzz | pickle",
            "\\211HDF\\r\\n  | HDF5",
            "aaaaTFL3         | TensorFlow Lite", "\\37\\213zzzzzz | gzip"})
    void knownFormatsAreNamed(String start, String name) throws IOException {
        byte[] head = start.translateEscapes().getBytes(StandardCharsets.ISO_8859_1);
        Path file = Files.write(folder.resolve("model.bin"), java.util.Arrays.copyOf(head, 200));
        refused(UnsupportedModelException.class, file, name);
        Path disguised = Files.write(folder.resolve("model.onnx"), java.util.Arrays.copyOf(head, 200));
        refused(UnsupportedModelException.class, disguised, name);
    }

    @Test
    void whatIsNoModelIsSaidToBeNone() throws IOException {
        assertThrows(NoSuchFileException.class, () -> ModelSource.open(folder.resolve("missing")));
        refused(ModelFormatException.class, Files.write(folder.resolve("empty.onnx"), new byte[0]), "an empty file");
        refused(ModelFormatException.class, Files.writeString(folder.resolve("x.onnx"), "hello\n"), "text");
        refused(ModelFormatException.class,
                Files.writeString(folder.resolve("x.safetensors"), "<!DOCTYPE html><html>not found"), "an HTML");
        refused(ModelFormatException.class, Files.writeString(folder.resolve("model.safetensors"),
                "version https://git-lfs.github.com/spec/v1\noid sha256:1\n"), "git lfs pull");
        refused(ModelFormatException.class, Files.write(folder.resolve("x"), new byte[]{1, 2, 3}), "an unknown format");
    }

    @Test
    void foldersWithoutAModelSayWhatIsInThem() throws IOException {
        refused(UnsupportedModelException.class, folder, "an empty folder");
        Files.writeString(folder.resolve("notes.txt"), "x");
        refused(UnsupportedModelException.class, folder, "notes.txt");
        Files.writeString(folder.resolve("pytorch_model.bin"), "x");
        Files.writeString(folder.resolve("config.json"), "{}");
        refused(UnsupportedModelException.class, folder, "pytorch_model.bin");
        Path other = Files.createDirectory(folder.resolve("other"));
        Files.writeString(other.resolve("model.onnx"), "x");
        refused(UnsupportedModelException.class, other, "model.onnx");
        Path bare = Files.createDirectory(folder.resolve("bare"));
        Files.write(bare.resolve("model.safetensors"), SampleTensors.file(SampleTensors.bert(), "F32"));
        refused(UnsupportedModelException.class, bare, "config.json");
        assertThrows(NoSuchFileException.class, () -> ModelSource.open(bare.resolve("model.safetensors")));
    }

    @Test
    void aFileOfOursNeedsNoConversion() throws IOException {
        SampleTensors.folder(folder.resolve("m"), SampleTensors.config(), SampleTensors.bert());
        Path lane = folder.resolve("m.lane");
        try (ModelSource source = ModelSource.open(folder.resolve("m"))) {
            Conversion.convert(source, lane, Conversion.Options.of(dev.lanewise.tensor.DataType.F32),
                    Conversion.Progress.NONE);
        }
        refused(UnsupportedModelException.class, lane, "already");
    }

    @Test
    void modelsInTheWordsOfGgufAreRecognised() throws IOException {
        byte[] gguf = "GGUF\3\0\0\0".getBytes(StandardCharsets.ISO_8859_1);
        Path empty = Files.write(folder.resolve("x.bin"), java.util.Arrays.copyOf(gguf, 24));
        assertEquals(SourceFormat.GGUF, SourceFormat.of(empty));
        refused(UnsupportedModelException.class, empty, "a GGUF file of architecture ''");
        refused(ModelFormatException.class, Files.write(folder.resolve("y.bin"), gguf), "number of tensors");
        byte[] marked = "24ka\1\0\0\0".getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(SourceFormat.LLAMA2C, SourceFormat.of(Files.write(folder.resolve("z.bin"), marked)));
        Path split = Files.createDirectory(folder.resolve("split"));
        Files.write(split.resolve("m-00001-of-00002.gguf"), gguf);
        refused(UnsupportedModelException.class, split, "name the file itself");
    }

    /** 640 bytes of header begin like a pickle of protocol 2, 35615 like gzip. */
    @ParameterizedTest
    @ValueSource(ints = {640, 896, 35_615})
    void safetensorsAreToldFromWhatTheirFirstBytesLookLike(int header) throws IOException {
        String json = "{" + " ".repeat(header - 2) + "}";
        Path file = Files.write(folder.resolve("x.bin"), SampleTensors.file(json, new byte[0]));
        assertEquals(SourceFormat.SAFETENSORS, SourceFormat.of(file));
    }

    @Test
    void aFileInAFolderIsTheFolder() throws IOException {
        SampleTensors.folder(folder, SampleTensors.config(), SampleTensors.bert());
        try (ModelSource source = ModelSource.open(folder.resolve("model.safetensors"))) {
            assertEquals("Hugging Face folder (safetensors)", source.format());
        }
    }

    private static <T extends LanewiseException> void refused(Class<T> type, Path path, String word) {
        String message = assertThrows(type, () -> ModelSource.open(path)).getMessage();
        assertTrue(message.contains(word), message);
        assertTrue(message.contains("supported") || message.contains("found") || word.equals("already"), message);
    }
}
