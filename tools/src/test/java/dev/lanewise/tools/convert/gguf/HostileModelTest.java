package dev.lanewise.tools.convert.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.GenerationOptions;
import dev.lanewise.Model;
import dev.lanewise.error.ChatTemplateException;
import dev.lanewise.error.LanewiseException;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.models.chat.Chat;
import dev.lanewise.models.chat.ChatMessage;
import dev.lanewise.tools.convert.ChildJvm;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ModelSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Models that are whole files and contradict themselves: each is refused by a failure that says what, before it computes. */
class HostileModelTest {
    /** What HostileModel takes in a build. It took 100,000 when this was written. */
    private static final int FILES = 20_000;

    @TempDir
    Path folder;

    /** What is wrong, a part of what is said of it, and how it is done. */
    static Stream<Arguments> damages() {
        return Stream.of(//
                damage("wider", "token_embd.weight, shape: expected [16, 64]",
                        f -> f.integer("llama.embedding_length", 64)),
                damage("wider inside", "blk.0.ffn_gate.weight, shape: expected [64, 32]",
                        f -> f.integer("llama.feed_forward_length", 64)),
                damage("a layer more", "blk.1.", f -> f.integer("llama.block_count", 2)),
                damage("a million layers", "llama.block_count", f -> f.integer("llama.block_count", 1 << 20)),
                damage("no layer", "llama.block_count", f -> f.integer("llama.block_count", 0)),
                damage("5 heads", "a divisor of the embedding's length",
                        f -> f.integer("llama.attention.head_count", 5)),
                damage("no head", "llama.attention.head_count", f -> f.integer("llama.attention.head_count", 0)),
                damage("8 heads of keys of 4", "head_count_kv", f -> f.integer("llama.attention.head_count_kv", 8)),
                damage("heads of another size", "shape", f -> f.integer("llama.attention.key_length", 16)),
                damage("values of another size", "values of 16",
                        f -> f.integer("llama.attention.value_length", 16)),
                damage("more rotated than a head has", "rotary.size",
                        f -> f.integer("llama.rope.dimension_count", 10)),
                damage("an odd number rotated", "an even number", f -> f.integer("llama.rope.dimension_count", 7)),
                damage("no rotation", "llama.rope.freq_base", f -> f.decimal("llama.rope.freq_base", 0)),
                damage("a rotation that is no number", "NaN", f -> f.decimal("llama.rope.freq_base", Float.NaN)),
                damage("no epsilon", "layer_norm_epsilon",
                        f -> f.remove("llama.attention.layer_norm_rms_epsilon")),
                damage("negative epsilon", "layer_norm_rms_epsilon",
                        f -> f.decimal("llama.attention.layer_norm_rms_epsilon", -1)),
                damage("no position", "llama.context_length", f -> f.integer("llama.context_length", 0)),
                damage("positions beyond all bounds", "llama.context_length",
                        f -> f.integer("llama.context_length", (1L << 32) - 1)),
                damage("a number as a text", "llama.context_length", f -> f.text("llama.context_length", "64")),
                damage("another vocabulary", "llama.vocab_size", f -> f.integer("llama.vocab_size", 17)),
                damage("a table for fewer ids", "at most 15 ids, one for each row of the embedding, found 16",
                        f -> f.tensor("token_embd.weight").dimensions[1] = 15),
                damage("no table", "token_embd.weight", f -> f.remove("token_embd.weight")),
                damage("no norm", "output_norm.weight", f -> f.remove("output_norm.weight")),
                damage("no matrix", "blk.0.ffn_down.weight", f -> f.remove("blk.0.ffn_down.weight")),
                damage("half of a bias", "blk.0.attn_k.bias",
                        f -> f.tensor("blk.0.attn_q.bias", GgufType.F32, TinyGguf.WIDTH)),
                damage("a matrix as a vector", "output_norm.weight, shape",
                        f -> f.tensor("output_norm.weight").dimensions = new long[]{TinyGguf.WIDTH, 2}),
                damage("a matrix turned over", "blk.0.attn_k.weight, shape", f -> {
                    f.tensor("blk.0.attn_k.weight").dimensions[0] = TinyGguf.WIDTH / 2;
                    f.tensor("blk.0.attn_k.weight").dimensions[1] = TinyGguf.WIDTH;
                }),
                damage("a tensor of no place", "blk.0.twist.weight",
                        f -> f.tensor("blk.0.twist.weight", GgufType.F32, 1)),
                damage("a type that cannot be read", "of type Q8_1",
                        f -> f.tensor("blk.0.ffn_up.weight").type = GgufType.Q8_1),
                damage("NaN", "attention.norm.weight: expected finite numbers",
                        f -> f.tensor("blk.0.attn_norm.weight").fill = (byte) 0xFF),
                damage("an infinite scale", "a scale that is not finite",
                        f -> f.tensor("blk.0.attn_q.weight").fill = (byte) 0xFF),
                damage("a key of no meaning", "llama.twist", f -> f.integer("llama.twist", 1)),
                damage("no architecture", "architecture ''", f -> f.remove("general.architecture")),
                damage("no tokens", "tokenizer.ggml.tokens", f -> f.remove("tokenizer.ggml.tokens")),
                damage("types of fewer tokens", "tokenizer.ggml.token_type",
                        f -> f.numbers("tokenizer.ggml.token_type", 5, 1, 1)),
                damage("an end that is no token", "tokenizer.ggml.eos_token_id",
                        f -> f.integer("tokenizer.ggml.eos_token_id", 16)),
                damage("a begin that is no token", "tokenizer.ggml.bos_token_id",
                        f -> f.remove("tokenizer.ggml.bos_token_id").integer("tokenizer.ggml.bos_token_id", -1)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damages")
    void contradictionsAreRefused(String name, String word, Consumer<TinyGguf> damage) throws IOException {
        for (String tokenizer : List.of("gpt2", "llama")) {
            TinyGguf file = TinyGguf.of(tokenizer);
            convert(file); // it is sound
            damage.accept(file);
            LanewiseException e = assertThrows(LanewiseException.class, () -> convert(file), name);
            assertTrue(e instanceof ModelFormatException || e instanceof UnsupportedModelException, e.toString());
            assertTrue(e.getMessage().contains(word), e.getMessage());
            assertTrue(e.getMessage().length() < 1000, e.getMessage());
        }
    }

    /** The text of a template is known to be wrong when it is used: the model generates without it. */
    @Test
    void templatesThatDoNotEnd_areEnded() throws IOException {
        String loop = "{% for a in range(99999) %}";
        templateFails("more than 20000000 steps", loop + loop + "{% endfor %}{% endfor %}");
        templateFails("more than", "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}");
        templateFails("a text of more than", "{{ messages[0].content * 99999999 }}");
        templateFails("has no end", "{% if true %}");
        templateFails("the template refuses the conversation: no", "{{ raise_exception('no') }}");
    }

    private void templateFails(String word, String template) throws IOException {
        TinyGguf file = TinyGguf.of("gpt2");
        file.text("tokenizer.chat_template", template);
        try (Model model = Model.open(convert(file))) {
            assertTrue(model.generator().generate("ab", GenerationOptions.builder().maxTokens(3).build())
                    .ids().length > 0);
            ChatTemplateException e = assertThrows(ChatTemplateException.class,
                    () -> Chat.of(model).encode(List.of(ChatMessage.user("abc"))));
            assertTrue(e.getMessage().contains(word), e.getMessage());
        }
    }

    @Test
    void aFileThatIsCutWhileItIsOpen_isRefused() throws IOException {
        Path path = Files.write(folder.resolve("cut.gguf"), TinyGguf.of("gpt2").bytes());
        try (ModelSource source = ModelSource.open(path)) {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                channel.truncate(1000);
            } catch (IOException e) {
                assumeTrue(false, "skipped: this system does not let a mapped file be cut short: " + e);
            }
            ModelFormatException e = assertThrows(ModelFormatException.class, () -> Conversion.convert(source,
                    folder.resolve("cut.lane"), Conversion.Options.asStored(), Conversion.Progress.NONE));
            assertTrue(e.getMessage().contains("cut short"), e.getMessage());
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(path), left.toList(), "nothing of it remains");
        }
    }

    /** Each is refused by a failure that is meant for it, or runs, within 64 MB of heap and a bounded time. */
    @Test
    void damagedModelsAreRefusedOrRun_within64Megabytes() throws Exception {
        Process child = ChildJvm.start("-Xmx64m", HostileModel.class, folder.toString(), Integer.toString(FILES));
        String output = new String(child.getInputStream().readAllBytes());
        assertTrue(child.waitFor(5, TimeUnit.MINUTES), "it hangs");
        assertEquals(0, child.exitValue(), output);
        System.out.print(output);
    }

    private Path convert(TinyGguf file) throws IOException {
        Path lane = folder.resolve("m.lane");
        try (ModelSource source = ModelSource.open(Files.write(folder.resolve("m.gguf"), file.bytes()))) {
            Conversion.convert(source, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
        }
        return lane;
    }

    private static Arguments damage(String name, String word, Consumer<TinyGguf> damage) {
        return Arguments.of(name, word, damage);
    }
}
