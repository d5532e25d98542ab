package dev.lanewise.tools.convert.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.SampleTensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Safetensors as the format's description has them, and every way not to be one. */
class SafetensorsTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"F32", "F16", "BF16"})
    void everyTypeOfWeightsIsWidenedExactly(String type) throws IOException {
        Map<String, SampleTensors.Tensor> tensors = SampleTensors.bert();
        Path file = Files.write(folder.resolve("x.safetensors"), SampleTensors.file(tensors, type));
        try (Safetensors found = Safetensors.open(file)) {
            assertEquals(Map.of("format", "pt"), found.metadata());
            assertEquals(tensors.keySet(), found.tensors().keySet());
            for (Map.Entry<String, SampleTensors.Tensor> entry : tensors.entrySet()) {
                ForeignTensor tensor = found.tensors().get(entry.getKey());
                int columns = Math.toIntExact(tensor.shape().getLast());
                float[] elements = new float[entry.getValue().elements().length];
                float[] row = new float[columns];
                for (int i = 0; i < elements.length / columns; i++) {
                    tensor.rows().read(i, row);
                    System.arraycopy(row, 0, elements, i * columns, columns);
                }
                assertArrayEquals(entry.getValue().elements(), elements, entry.getKey());
            }
        }
    }

    @Test
    void emptyAndScalarTensorsAndPaddingOfTheHeaderAreLegal() throws IOException {
        Path file = header("""
                {"a":{"dtype":"I64","shape":[0,3],"data_offsets":[0,0]},
                 "b":{"dtype":"F32","shape":[],"data_offsets":[0,4]},
                 "c":{"dtype":"F4","shape":[2,3],"data_offsets":[4,7]}}    \s""", 7);
        try (Safetensors found = Safetensors.open(file)) {
            assertEquals(3, found.tensors().size());
            assertThrows(UnsupportedModelException.class, () -> found.tensors().get("a").rows());
            assertThrows(UnsupportedModelException.class, () -> found.tensors().get("c").rows());
            assertThrows(ModelFormatException.class, () -> found.tensors().get("b").rows());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "gap                    | `{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}`",
            "not to the end         | `{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}`",
            "no tensors, but bytes  | `{}`",
            "overlap                | `{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F64','shape':[1],'data_offsets':[0,8]}}`",
            "beyond the end         | `{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,12]}}`",
            "backwards              | `{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}}`",
            "shape against length   | `{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}}`",
            "type against length    | `{'a':{'dtype':'F16','shape':[2],'data_offsets':[0,8]}}`",
            "unknown type           | `{'a':{'dtype':'F33','shape':[2],'data_offsets':[0,8]}}`",
            "type is a number       | `{'a':{'dtype':32,'shape':[2],'data_offsets':[0,8]}}`",
            "negative dimension     | `{'a':{'dtype':'F32','shape':[-1,-2],'data_offsets':[0,8]}}`",
            "product overflows      | `{'a':{'dtype':'F32','shape':[4294967296,4294967296,2],'data_offsets':[0,8]}}`",
            "product overflows to 2 | `{'a':{'dtype':'U8','shape':[9223372036854775807,3,0],'data_offsets':[0,8]}}`",
            "bits overflow          | `{'a':{'dtype':'F32','shape':[1152921504606846978],'data_offsets':[0,8]}}`",
            "number too large       | `{'a':{'dtype':'F32','shape':[99999999999999999999],'data_offsets':[0,8]}}`",
            "fraction               | `{'a':{'dtype':'F32','shape':[2.0],'data_offsets':[0,8]}}`",
            "nine dimensions        | `{'a':{'dtype':'F32','shape':[1,1,1,1,1,1,1,1,2],'data_offsets':[0,8]}}`",
            "three offsets          | `{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4,8]}}`",
            "one offset             | `{'a':{'dtype':'F32','shape':[2],'data_offsets':[0]}}`",
            "no shape               | `{'a':{'dtype':'F32','data_offsets':[0,8]}}`",
            "unknown key            | `{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8],'strides':[1]}}`",
            "same name twice        | `{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}`",
            "same key twice         | `{'a':{'dtype':'F32','dtype':'F32','shape':[2],'data_offsets':[0,8]}}`",
            "empty name             | `{'':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}`",
            "tensor is a list       | `{'a':[]}`",
            "metadata of numbers    | `{'__metadata__':{'a':1},'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}`",
            "metadata nested        | `{'__metadata__':{'a':{}},'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}`",
            "metadata a list        | `{'__metadata__':[],'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}`",
            "more behind            | `{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} {}`",
            "a list                 | `[1,2,3]`", "not closed | `{'a':{'dtype':'F32'`", "a word | `{a:1}`",
            "trailing comma         | `{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},}`"})
    void headersThatAreNotSoundAreRefused(String what, String header) throws IOException {
        Path file = header(header.replace('\'', '"'), 8);
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> Safetensors.open(file).close());
        assertTrue(e.offset() >= 0 && e.offset() <= Files.size(file), e.getMessage());
    }

    @Test
    void lengthsOfTheHeaderAreCheckedBeforeItIsRead() throws IOException {
        byte[] sound = SampleTensors.file(SampleTensors.bert(), "F32");
        for (long length : new long[]{0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, sound.length - 7, 100_000_001L,
                0x7B00000000000000L}) {
            byte[] file = sound.clone();
            ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
            Path path = Files.write(folder.resolve("x.safetensors"), file);
            assertThrows(ModelFormatException.class, () -> Safetensors.open(path).close());
        }
        for (int size = 0; size < 10; size++) {
            Path path = Files.write(folder.resolve("x.safetensors"), new byte[size]);
            assertThrows(ModelFormatException.class, () -> Safetensors.open(path).close());
        }
    }

    @Test
    void otherEncodingsAndMalformedTextAreRefused() throws IOException {
        String header = "{\"\u00e4\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
        for (String charset : new String[]{"UTF-16LE", "UTF-16BE", "UTF-32LE", "ISO-8859-1"}) {
            byte[] json = header.getBytes(charset);
            byte[] file = ByteBuffer.allocate(16 + json.length).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length)
                    .put(json).array();
            Path path = Files.write(folder.resolve("x.safetensors"), file);
            assertThrows(ModelFormatException.class, () -> Safetensors.open(path).close(), charset);
        }
        Safetensors.open(header(header, 8)).close();
    }

    @Test
    void deepNestingIsRefused() throws IOException {
        Path file = header("{\"a\":" + "[".repeat(50_000) + "]".repeat(50_000) + "}", 0);
        assertThrows(ModelFormatException.class, () -> Safetensors.open(file).close());
        Path metadata = header("{\"__metadata__\":" + "{\"a\":".repeat(5_000) + "1" + "}".repeat(5_001), 0);
        assertThrows(ModelFormatException.class, () -> Safetensors.open(metadata).close());
    }

    @Test
    void shardsAreReadThroughTheirIndex() throws IOException {
        Map<String, SampleTensors.Tensor> all = SampleTensors.bert();
        writeShards(all);
        try (WeightFiles files = WeightFiles.indexed(folder.resolve(WeightFiles.INDEX))) {
            assertEquals(all.keySet(), files.tensors().keySet());
            assertEquals(2, files.files().size());
        }
    }

    @Test
    void indexesThatDoNotAgreeWithTheirFilesAreRefused() throws IOException {
        writeShards(SampleTensors.bert());
        Path index = folder.resolve(WeightFiles.INDEX);
        String sound = Files.readString(index);
        refuse(index, sound.replace("\"embeddings.LayerNorm.bias\":\"a", "\"embeddings.LayerNorm.bias\":\"b"));
        refuse(index, sound.replace("\"embeddings.LayerNorm.bias\":\"a.safetensors\",", ""));
        refuse(index, sound.replace("embeddings.LayerNorm.bias", "embeddings.LayerNorm.other"));
        refuse(index, sound.replace("{\"weight_map", "{\"weight_map\":{},\"weight_map"));
        refuse(index, "{\"weight_map\":{}}");
        refuse(index, "{}");
        refuse(index, "[]");
        refuse(index, "{\"weight_map\":{\"a\":1}}");
        refuse(index, "{\"weight_map\":{\"a\":\"a.safetensors\"}} x");
        for (String path : new String[]{"../a.safetensors", "/etc/passwd", "sub/a.safetensors", "C:a.safetensors",
                "..\\\\a.safetensors", "", "..", "a.bin", "a\\u0000.safetensors"}) {
            refuse(index, "{\"weight_map\":{\"a\":\"" + path + "\"}}");
        }
        Files.writeString(index, sound.replace("\"a.safetensors\"", "\"missing.safetensors\""));
        assertThrows(NoSuchFileException.class, () -> WeightFiles.indexed(index).close());
    }

    private void refuse(Path index, String content) throws IOException {
        Files.writeString(index, content);
        assertThrows(ModelFormatException.class, () -> WeightFiles.indexed(index).close(), content);
    }

    private void writeShards(Map<String, SampleTensors.Tensor> all) throws IOException {
        Map<String, SampleTensors.Tensor> first = new LinkedHashMap<>();
        Map<String, SampleTensors.Tensor> second = new LinkedHashMap<>();
        Map<String, String> places = new LinkedHashMap<>();
        all.forEach((name, tensor) -> {
            boolean inFirst = first.size() < 10;
            (inFirst ? first : second).put(name, tensor);
            places.put(name, inFirst ? "a.safetensors" : "b.safetensors");
        });
        Files.write(folder.resolve("a.safetensors"), SampleTensors.file(first, "F32"));
        Files.write(folder.resolve("b.safetensors"), SampleTensors.file(second, "F32"));
        Files.write(folder.resolve(WeightFiles.INDEX),
                SampleTensors.JSON.writeValueAsBytes(Map.of("weight_map", places)));
    }

    private Path header(String header, int data) throws IOException {
        return Files.write(folder.resolve("x.safetensors"), SampleTensors.file(header, new byte[data]));
    }
}
