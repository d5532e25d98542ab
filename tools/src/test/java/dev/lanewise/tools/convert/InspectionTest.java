package dev.lanewise.tools.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tools.TestModels;
import dev.lanewise.tools.convert.onnx.SampleGraph;
import dev.lanewise.tensor.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of a file, whether it can be converted or not. */
class InspectionTest {
    @TempDir
    Path folder;

    @Test
    void aFileOfOursTellsEverything() throws IOException {
        Path model = SampleTensors.folder(folder.resolve("m"), SampleTensors.config(), SampleTensors.bert());
        Files.writeString(model.resolve("README.md"), "---\nlicense: mit\n---\n");
        Files.writeString(model.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\n");
        Path lane = folder.resolve("m.lane");
        try (ModelSource source = ModelSource.open(model)) {
            Conversion.convert(source, lane, Conversion.Options.of(DataType.F16), Conversion.Progress.NONE);
        }
        Inspection found = Inspection.of(lane);
        assertEquals(".lane, version 1", found.format());
        assertEquals(Files.size(lane), found.bytes());
        assertEquals("bert", found.specification().get("family"));
        assertEquals(2L, found.specification().get("encoder.layers"));
        assertEquals("mit", found.provenance().get("license"));
        assertEquals(List.of("model.safetensors"), found.provenance().get("files"));
        assertEquals("wordpiece", found.tokenizer().get("kind"));
        assertEquals(new Inspection.Tensor("embedding.token.weight", "F16", "rows", List.of(9L, 6L), 9 * 32 * 2),
                found.tensors().getFirst());
        assertEquals(parameters(), found.parameters());
        assertEquals(List.of(), found.notes());
        Inspection original = Inspection.of(model);
        assertEquals(found.specification(), original.specification());
        assertEquals(found.tokenizer(), original.tokenizer());
        assertEquals(parameters(), original.parameters());
        assertEquals("mit", original.provenance().get("license"));
    }

    @Test
    void whatCannotBeConvertedIsInspectedAndSaysWhy() throws IOException {
        ObjectNode config = SampleTensors.config();
        config.put("model_type", "mamba");
        Path model = SampleTensors.folder(folder.resolve("m"), config, SampleTensors.bert());
        Inspection found = Inspection.of(model);
        assertEquals(Map.of(), found.specification());
        assertEquals(parameters(), found.parameters());
        assertTrue(found.notes().getFirst().startsWith("it cannot be converted: "), found.notes().toString());
        Files.delete(model.resolve("config.json"));
        assertEquals("safetensors file", Inspection.of(model.resolve("model.safetensors")).format());
        SampleGraph graph = new SampleGraph();
        graph.node("sum").op = "Sub";
        Inspection other = Inspection.of(Files.write(folder.resolve("x.onnx"), graph.bytes()));
        assertEquals("a test", other.provenance().get("producer"));
        assertEquals(11L, other.provenance().get("opset"));
        assertTrue(other.notes().getFirst().contains("node sum (Sub)"), other.notes().toString());
        assertEquals(SampleTensors.bert().size() + 1, other.tensors().size());
    }

    @Test
    void aGgufFileTellsItsMetadataAndTensors() throws IOException {
        Inspection found = Inspection.of(TestModels.shared("gguf-llama2-tiny-random/llama-2-tiny-random.gguf"));
        assertEquals("GGUF file", found.format());
        assertEquals("llama", found.provenance().get("general.architecture"));
        assertEquals("32000 values", found.provenance().get("tokenizer.ggml.tokens"));
        assertEquals(12, found.tensors().size());
        assertEquals(List.of(), found.notes());
        assertEquals("llama", found.specification().get("family"));
        Inspection blocks = Inspection.of(TestModels.shared("gguf-blocks/blocks.gguf"));
        assertEquals(new Inspection.Tensor("Q4_K", "Q4_K", "blocks", List.of(8L, 512L), 8 * 2 * 144),
                blocks.tensors().stream().filter(t -> t.name().equals("Q4_K")).findFirst().orElseThrow());
    }

    @Test
    void whatIsDamagedIsRefused() throws IOException {
        Path file = Files.write(folder.resolve("x.safetensors"), new byte[100]);
        assertThrows(ModelFormatException.class, () -> Inspection.of(file));
    }

    private static long parameters() {
        return SampleTensors.bert().values().stream().mapToLong(tensor -> tensor.elements().length).sum();
    }
}
