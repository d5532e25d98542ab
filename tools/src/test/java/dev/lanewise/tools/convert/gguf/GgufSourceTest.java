package dev.lanewise.tools.convert.gguf;

import static dev.lanewise.tools.convert.gguf.FamilyGguf.integer;
import static dev.lanewise.tools.convert.gguf.FamilyGguf.number;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Model;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tools.TestModels;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.Inspection;
import dev.lanewise.tools.convert.LaneRows;
import dev.lanewise.tools.convert.ModelSource;
import dev.lanewise.tools.convert.family.SourceTensor;
import dev.lanewise.weights.LaneFile;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.LaneWriter;
import dev.lanewise.writer.SpecWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Decoders from GGUF files: the same specification and the same numbers as from where they came. */
class GgufSourceTest {
    private static final int[] IDS = {1, 17, 42, 99, 3, 250, 8};

    @TempDir
    Path work;

    /** As the converter of llama.cpp would write the models of the zoo. */
    @ParameterizedTest
    @CsvSource({"llama,llama", "llama-rope-linear,llama", "llama-rope-yarn,llama", "mistral,llama", "mixtral,llama",
            "qwen2,qwen2", "qwen3,qwen3", "qwen3_moe,qwen3moe", "gemma,gemma", "gemma2,gemma2", "gemma3_text,gemma3",
            "phi,phi2", "phi3,phi3", "stablelm,stablelm", "starcoder2,starcoder2", "olmo2,olmo2", "granite,granite",
            "cohere,command-r", "falcon,falcon", "gpt_neox,gptneox", "gpt2,gpt2", "bloom,bloom"})
    void everyArchitectureHasTheSpecificationAndTheRowsOfItsOrigin(String family, String architecture)
            throws IOException {
        try (ModelSource origin = ModelSource.open(TestModels.shared("hf-tiny/" + family))) {
            SampleGguf file = FamilyGguf.of(architecture, origin);
            TransformerSpec expected = origin.spec();
            switch (architecture) {
                case "gemma2", "gemma3" -> {
                    integer(file, architecture + ".attention.sliding_window", 8);
                    number(file, architecture + ".attention.scale", 1 / Math.sqrt(20));
                }
                case "granite" -> {
                    number(file, "granite.attention.scale", 0.2);
                    number(file, "granite.embedding_scale", 3);
                    number(file, "granite.residual_scale", 0.6);
                    number(file, "granite.logit_scale", 1.5);
                }
                case "command-r" -> number(file, "command-r.logit_scale", 0.5);
                case "starcoder2" -> integer(file, "starcoder2.attention.sliding_window", 8);
                default -> {
                    if (family.equals("mistral")) {
                        integer(file, "llama.attention.sliding_window", 8);
                    }
                }
            }
            if (architecture.equals("gemma2")) {
                number(file, "gemma2.attn_logit_softcapping", 2);
                number(file, "gemma2.final_logit_softcapping", 3);
            }
            if (architecture.equals("gemma3")) {
                integer(file, "gemma3.attention.sliding_window_pattern", 3);
            }
            try (ModelSource found = open(file)) {
                assertEquals(words(expected), words(found.spec()));
                for (TensorInfo info : expected.tensors(DataType.F32).toList()) {
                    float[] a = new float[info.columns()];
                    float[] b = new float[info.columns()];
                    for (int row = 0; row < info.rows(); row++) {
                        origin.rows(info.name()).read(row, a);
                        found.rows(info.name()).read(row, b);
                        assertArrayEquals(a, b, info.name() + " row " + row);
                    }
                }
            }
        }
    }

    /** Without the name of the family; scores' scales rounded as the file rounds them. */
    private static Map<String, Object> words(TransformerSpec spec) {
        Metadata.Builder out = Metadata.builder();
        SpecWriter.write(spec, out);
        Map<String, Object> words = new java.util.TreeMap<>(out.build().values());
        words.remove(TransformerSpec.PREFIX + "family");
        words.replaceAll((key, value) -> key.endsWith(".scale") && value instanceof Double x
                ? (Object) x.floatValue()
                : value instanceof int[] list ? List.of(java.util.Arrays.toString(list)) : value);
        return words;
    }

    @Test
    void rotationsThatFewHaveAreRead() throws IOException {
        try (ModelSource origin = ModelSource.open(TestModels.shared("hf-tiny/llama"))) {
            SampleGguf file = FamilyGguf.of("llama", origin);
            SampleGguf.Tensor factors = file.tensor("rope_freqs.weight", 0, 24, 6);
            factors.elements = SampleGguf.join(bytes(1), bytes(1), bytes(1), bytes(2.5f), bytes(8), bytes(8));
            try (ModelSource found = open(file)) {
                assertEquals(new RotarySpec.Factors(List.of(1f, 1f, 1f, 2.5f, 8f, 8f), 1),
                        found.spec().stack().attention().rotary().scaling());
            }
            SampleGguf third = FamilyGguf.of("smollm3", origin);
            try (ModelSource found = open(third)) {
                assertEquals(List.of(0), found.spec().stack().pattern(), "three layers, and the fourth is another");
            }
        }
    }

    /** As the converter of llama.cpp writes phi3: no word for the kind of scaling, and a window of 0 for none. */
    @Test
    void factorsOfShortAndLongTextsNeedNoWord() throws IOException {
        try (ModelSource origin = ModelSource.open(TestModels.shared("hf-tiny/phi3"))) {
            SampleGguf file = FamilyGguf.of("phi3", origin);
            integer(file, "phi3.attention.sliding_window", 0);
            integer(file, "phi3.rope.scaling.original_context_length", 16);
            try (ModelSource found = open(file)) {
                assertEquals(words(origin.spec()), words(found.spec()));
            }
            number(file, "phi3.rope.scaling.attn_factor", 1.25);
            refused("phi3.rope.scaling.attn_factor", UnsupportedModelException.class, file);
            factors(file, "rope_factors_short.weight", 1);
            refused("rope_factors_long.weight", ModelFormatException.class, file);
            factors(file, "rope_factors_long.weight", 4);
            try (ModelSource found = open(file)) {
                assertEquals(new RotarySpec.Factors(java.util.Collections.nCopies(6, 1f), 1.25,
                        java.util.Collections.nCopies(6, 4f), 16),
                        found.spec().stack().attention().rotary().scaling());
            }
            number(file, "phi3.rope.scaling.factor", 2);
            refused("together with another scaling", UnsupportedModelException.class, file);
        }
    }

    private static void factors(SampleGguf file, String name, float all) {
        file.tensor(name, 0, 24, 6).elements = SampleGguf.join(bytes(all), bytes(all), bytes(all), bytes(all),
                bytes(all),
                bytes(all));
    }

    private static byte[] bytes(float x) {
        return SampleGguf.number(4, Float.floatToIntBits(x));
    }

    @Test
    void bothVersionsOfALlama2cCheckpointGiveTheSameLogits() throws IOException {
        float[][] old = logits(TestModels.shared("stories260K/checkpoint_legacy.bin"));
        float[][] recent = logits(TestModels.shared("stories260K/checkpoint_v1.bin"));
        assertEquals(IDS.length, old.length);
        for (int i = 0; i < IDS.length; i++) {
            assertArrayEquals(old[i], recent[i]);
        }
        // What follows "Once upon a time" in every one of its stories: ", there was" and so on.
        int[] start = {1, 403, 407, 261, 378};
        int likeliest = 0;
        float[] last = logits(TestModels.shared("stories260K/checkpoint_v1.bin"), start)[start.length - 1];
        for (int id = 0; id < last.length; id++) {
            likeliest = last[id] > last[likeliest] ? id : likeliest;
        }
        assertEquals(432, likeliest, "a comma");
    }

    @Test
    void aRealFileOpensAndRuns() throws IOException {
        Path path = TestModels.shared("gguf-llama2-tiny-random/llama-2-tiny-random.gguf");
        try (ModelSource source = ModelSource.open(path)) {
            assertEquals(DataType.F16, source.type("embedding.token.weight"));
            assertEquals(List.of(2), source.generation().ends());
        }
        for (float[] row : logits(path)) {
            assertEquals(32_000, row.length);
            for (float x : row) {
                assertTrue(Float.isFinite(x));
            }
        }
    }

    /** Every type that can be read, in the type that is chosen for it, against what the reference says it stands for. */
    @Test
    void tensorsOfEveryTypeComeOverWithoutLoss() throws IOException {
        Map<String, float[]> expected = Npz.read(TestModels.shared("gguf-blocks/expected.npz"));
        try (GgufFile file = GgufFile.open(TestModels.shared("gguf-blocks/blocks.gguf"))) {
            for (GgufTensor tensor : file.tensors().values()) {
                if (!tensor.type().isReadable()) {
                    continue;
                }
                SourceTensor source = tensor.source();
                TensorInfo info = new TensorInfo("x.weight", source.type(), Layout.PANELS,
                        List.of(tensor.rows(), tensor.columns()));
                Path lane = work.resolve(tensor.name() + ".lane");
                try (LaneWriter writer = new LaneWriter(lane, Metadata.builder().build(), List.of(info))) {
                    writer.write(source.rows().get());
                    writer.finish();
                }
                try (LaneFile written = LaneFile.open(lane)) {
                    LaneRows rows = new LaneRows(written, "x.weight", Layout.PANELS, info.shape());
                    float[] row = new float[tensor.columns()];
                    for (int r = 0; r < tensor.rows(); r++) {
                        rows.read(r, row);
                        for (int i = 0; i < row.length; i++) {
                            assertEquals(Float.floatToRawIntBits(expected.get(tensor.name())[r * row.length + i]),
                                    Float.floatToRawIntBits(row[i]), tensor.name() + " row " + r + " element " + i);
                        }
                    }
                }
                assertEquals(switch (tensor.type()) {
                    case F16 -> DataType.F16;
                    case BF16 -> DataType.BF16;
                    case F32 -> DataType.F32;
                    default -> DataType.valueOf(tensor.type().name());
                }, source.type(), tensor.name());
            }
        }
    }

    @Test
    void blocksOfAModelComeOverAsTheyAreAndOthersAsFloats() throws IOException {
        SampleGguf file = blocks(8);
        Path lane = convert(file);
        try (ModelSource source = open(file); LaneFile written = LaneFile.open(lane)) {
            assertTrue(source.notes().getFirst().contains("Q8_K"), source.notes().toString());
            assertEquals(DataType.Q8_0, written.directory().get("embedding.token.weight").info().type());
            assertEquals(DataType.Q4_0,
                    written.directory().get("decoder.layers.0.attention.query.weight").info().type());
            assertEquals(DataType.F32,
                    written.directory().get("decoder.layers.0.feed_forward.up.weight").info().type());
            checkRows(source, written);
        }
    }

    /** A file as "Q4_K_M" has two types of blocks; here every type takes its turn beside Q6_K, and the models run. */
    @ParameterizedTest
    @EnumSource(value = GgufType.class, names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K",
            "Q6_K", "IQ4_NL", "IQ4_XS", "MXFP4"})
    void aMixedModelComesOverAsItIs_andIsHardlyLarger(GgufType type) throws IOException {
        SampleGguf file = blocks(8);
        for (String name : List.of("attn_q", "attn_k", "attn_output", "ffn_gate", "ffn_up")) {
            replace(file, "blk.0." + name + ".weight", type, 256);
        }
        replace(file, "token_embd.weight", GgufType.Q6_K, 4096);
        replace(file, "blk.0.attn_v.weight", GgufType.Q6_K, 256);
        replace(file, "blk.0.ffn_down.weight", GgufType.Q6_K, 256);
        Path lane = convert(file);
        assertTrue(Files.size(lane) <= 1.03 * Files.size(work.resolve("m.gguf")),
                Files.size(lane) + " bytes of " + Files.size(work.resolve("m.gguf")));
        try (ModelSource source = open(file); LaneFile written = LaneFile.open(lane)) {
            assertEquals(List.of(), source.notes());
            assertEquals(DataType.Q6_K, written.directory().get("embedding.token.weight").info().type());
            assertEquals(DataType.valueOf(type.name()),
                    written.directory().get("decoder.layers.0.attention.query.weight").info().type());
            checkRows(source, written);
        }
        try (Model model = Model.open(lane)) {
            float[][] all = model.generator().logits(IDS);
            float[][] one = model.generator().logits(new int[]{IDS[0]});
            assertArrayEquals(all[0], one[0], "a matrix and a vector");
        }
    }

    private static void replace(SampleGguf file, String name, GgufType type, int rows) {
        file.tensors.removeIf(tensor -> new String(tensor.name).equals(name));
        filled(file, name, type, rows);
    }

    private static void checkRows(ModelSource source, LaneFile written) throws IOException {
        for (TensorInfo info : source.spec().tensors(DataType.F32).toList()) {
            LaneRows stored = new LaneRows(written, info.name(), info.layout(), info.shape());
            float[] a = new float[info.columns()];
            float[] b = new float[info.columns()];
            for (int row = 0; row < info.rows(); row++) {
                source.rows(info.name()).read(row, a);
                stored.read(row, b);
                assertArrayEquals(a, b, info.name());
            }
        }
    }

    /** What a stranger calls a tensor must not reach a terminal as it is. */
    @Test
    void namesWithControlsAreInspectedAndRefusedWithoutThem() throws IOException {
        SampleGguf file = blocks(8);
        file.tensor("a\u001b[31mred\u0007", 0, 4, 1);
        Inspection found = Inspection.of(Files.write(work.resolve("x.gguf"), file.bytes()));
        assertEquals("a [31mred ", found.tensors().getLast().name());
        assertTrue(found.notes().getFirst().contains("'a [31mred '"), found.notes().toString());
    }

    @Test
    void whatContradictsOrIsMissingIsRefusedByName() throws IOException {
        refused("blk.0.attn_norm.weight", ModelFormatException.class,
                file -> file.tensors.removeIf(tensor -> new String(tensor.name).equals("blk.0.attn_norm.weight")));
        refused("blk.0.stray.weight", UnsupportedModelException.class,
                file -> file.tensor("blk.0.stray.weight", 0, 4, 1));
        refused("llama.attention.residual_twist", UnsupportedModelException.class,
                file -> number(file, "llama.attention.residual_twist", 2));
        refused("rope_twist.weight", UnsupportedModelException.class,
                file -> file.tensor("rope_twist.weight", 0, 4, 1));
        refused("llama.rope.scaling.attn_factor", UnsupportedModelException.class,
                file -> number(file, "llama.rope.scaling.attn_factor", 2));
        refused("llama.vocab_size", ModelFormatException.class, file -> integer(file, "llama.vocab_size", 9));
        refused("token_embd.weight", ModelFormatException.class, file -> file.tensors.removeFirst());
        refused("llama.attention.head_count_kv", ModelFormatException.class,
                file -> integer(file, "llama.attention.head_count_kv", 9));
        refused("key_value_heads", UnsupportedModelException.class,
                file -> integer(file, "llama.attention.head_count_kv", 3));
        refused("values of 16", UnsupportedModelException.class,
                file -> integer(file, "llama.attention.value_length", 16));
    }

    /** As the files of gemma 3 that Google publishes have them. */
    @Test
    void keysOfPicturesHaveNoPartInATextsNumbers() throws IOException {
        SampleGguf file = blocks(8);
        TransformerSpec plain;
        try (ModelSource source = open(file)) {
            plain = source.spec();
        }
        integer(file, "llama.vision.block_count", 27);
        integer(file, "llama.mm.tokens_per_image", 256);
        try (ModelSource source = open(file)) {
            assertEquals(plain, source.spec());
        }
    }

    private interface Change {
        void apply(SampleGguf file);
    }

    private void refused(String name, Class<? extends RuntimeException> type, Change change) throws IOException {
        SampleGguf file = blocks(8);
        change.apply(file);
        refused(name, type, file);
    }

    private void refused(String name, Class<? extends RuntimeException> type, SampleGguf file) {
        String message = assertThrows(type, () -> open(file).close()).getMessage();
        assertTrue(message.contains(name), message);
    }

    /** One layer of width 256 with blocks of several types; their bytes are arbitrary, their scales finite. */
    private static SampleGguf blocks(int heads) {
        SampleGguf file = new SampleGguf();
        FamilyGguf.text(file, "general.architecture", "llama");
        integer(file, "llama.context_length", 64);
        integer(file, "llama.embedding_length", 256);
        integer(file, "llama.block_count", 1);
        integer(file, "llama.feed_forward_length", 256);
        integer(file, "llama.attention.head_count", heads);
        number(file, "llama.attention.layer_norm_rms_epsilon", 1e-5);
        filled(file, "token_embd.weight", GgufType.Q8_0, 40);
        filled(file, "blk.0.attn_q.weight", GgufType.Q4_0, 256);
        filled(file, "blk.0.attn_k.weight", GgufType.Q4_1, 256);
        filled(file, "blk.0.attn_v.weight", GgufType.Q8_0, 256);
        filled(file, "blk.0.attn_output.weight", GgufType.F16, 256);
        filled(file, "blk.0.ffn_gate.weight", GgufType.Q4_1, 256);
        filled(file, "blk.0.ffn_up.weight", GgufType.Q8_K, 256);
        filled(file, "blk.0.ffn_down.weight", GgufType.BF16, 256);
        filled(file, "blk.0.attn_norm.weight", GgufType.F32, 1);
        filled(file, "blk.0.ffn_norm.weight", GgufType.F32, 1);
        filled(file, "output_norm.weight", GgufType.F32, 1);
        return file;
    }

    private static void filled(SampleGguf file, String name, GgufType type, int rows) {
        byte[] bytes = new byte[rows * 256 / type.blockSize() * type.blockBytes()];
        new java.util.Random(name.hashCode()).nextBytes(bytes);
        for (int at = 0; at < bytes.length; at += type.blockBytes()) {
            switch (type) {
                case MXFP4 -> bytes[at] = (byte) (120 + (bytes[at] & 7)); // an exponent
                case Q2_K, Q3_K, Q6_K -> finite(bytes, at + type.blockBytes() - 4, 4);
                default -> finite(bytes, at, type.blockSize() > 1 ? 4 : type.blockBytes());
            }
        }
        long[] dimensions = rows == 1 ? new long[]{256} : new long[]{256, rows};
        file.tensor(name, type.number(), bytes.length, dimensions).elements = bytes;
    }

    /** Without the highest bit of an exponent, what is left is finite. */
    private static void finite(byte[] bytes, int from, int count) {
        for (int i = from + 1; i < from + count; i += 2) {
            bytes[i] &= (byte) 0xBF;
        }
    }

    private ModelSource open(SampleGguf file) throws IOException {
        return ModelSource.open(Files.write(work.resolve("m.gguf"), file.bytes()));
    }

    private Path convert(SampleGguf file) throws IOException {
        Path lane = work.resolve("m.lane");
        try (ModelSource source = open(file)) {
            Conversion.convert(source, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
        }
        return lane;
    }

    private float[][] logits(Path path) throws IOException {
        return logits(path, IDS);
    }

    private float[][] logits(Path path, int[] ids) throws IOException {
        Path lane = work.resolve("m.lane");
        try (ModelSource source = ModelSource.open(path)) {
            Conversion.convert(source, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
        }
        try (Model model = Model.open(lane)) {
            return model.generator().logits(ids);
        }
    }
}
