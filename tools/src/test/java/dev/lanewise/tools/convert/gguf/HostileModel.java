package dev.lanewise.tools.convert.gguf;

import dev.lanewise.Generator;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.error.ChatTemplateException;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.models.chat.Chat;
import dev.lanewise.models.chat.ChatMessage;
import dev.lanewise.tools.convert.Conversion;
import dev.lanewise.tools.convert.ModelSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Damages whole models at random places (with a fixed seed), in their bytes and in what they mean, and takes each as far as it
 * goes: opened, converted, opened again, and run. A program of its own, so that it can be run with little memory: exit code 0 if
 * each was used or refused as it should be.
 */
final class HostileModel {
    /** Of the files that open, one of so many is converted and run; to force a file to the disk takes time. */
    private static final int CONVERTED = 8;

    private final Path source;
    private final Path lane;
    private int refused;
    private int opened;
    private int ran;

    private HostileModel(Path folder) {
        source = folder.resolve("hostile.gguf");
        lane = folder.resolve("hostile.lane");
    }

    /** @param arguments a folder to work in, and how many files */
    public static void main(String[] arguments) throws IOException {
        HostileModel hostile = new HostileModel(Path.of(arguments[0]));
        int files = Integer.parseInt(arguments[1]);
        for (int i = 0; i < 2 * CONVERTED; i++) {
            hostile.take(TinyGguf.of(tokenizer(i)).bytes(), -1);
        }
        if (hostile.ran < 2 || hostile.refused > 0) {
            throw new AssertionError("the models are not sound before they are damaged");
        }
        for (int seed = 0; seed < files; seed++) {
            hostile.take(damaged(new Random(seed), tokenizer(seed)), seed);
        }
        System.out.println("hostile models: " + hostile.refused + " refused, " + hostile.opened + " opened, of which "
                + hostile.ran + " were converted and ran");
        if (hostile.refused < files / 4 || hostile.ran < files / 500) {
            throw new AssertionError("the damages are too few, or too many");
        }
    }

    private static String tokenizer(int number) {
        return number % 2 == 0 ? "gpt2" : "llama";
    }

    private static byte[] damaged(Random random, String tokenizer) {
        TinyGguf file = TinyGguf.of(tokenizer);
        boolean bytes = random.nextInt(3) == 0;
        for (int n = bytes ? 0 : 1 + random.nextInt(3) / 2; n > 0; n--) {
            if (random.nextInt(3) == 0) {
                damageTensor(file, random);
            } else {
                damageKey(file, random);
            }
        }
        byte[] all = file.bytes();
        int head = file.headBytes();
        for (int n = bytes ? 1 + random.nextInt(3) : 0; n > 0; n--) {
            int at = random.nextInt(random.nextInt(10) == 0 ? all.length : head);
            switch (random.nextInt(3)) {
                case 0 -> all[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> all[at] = (byte) random.nextInt(256);
                default -> System.arraycopy(all, random.nextInt(head - 16), all, Math.min(at, head - 16), 8);
            }
        }
        return all;
    }

    private static void damageKey(TinyGguf file, Random random) {
        TinyGguf.Key key = file.keys.get(random.nextInt(file.keys.size()));
        switch (random.nextInt(8)) {
            case 0 -> file.keys.remove(key);
            case 1 -> file.integer("llama." + pick(random, "rope.scaling.factor", "attention.key_length",
                    "expert_count", "attention.sliding_window", "vocab_size", "rope.scaling.original_context_length"),
                    number(random));
            case 2 -> file.text(pick(random, "llama.rope.scaling.type", "general.type", "tokenizer.ggml.pre",
                    "tokenizer.ggml.model", "general.name"), text(random));
            case 3 -> file.integer("tokenizer.ggml." + pick(random, "eot_token_id", "unknown_token_id",
                    "padding_token_id", "cls_token_id", "bos_token_id"), number(random));
            default -> damageValue(file, key, random);
        }
    }

    private static void damageValue(TinyGguf file, TinyGguf.Key key, Random random) {
        switch (key.type) {
            case SampleGguf.STRING -> file.text(key.name, text(random));
            case SampleGguf.ARRAY -> damageList(file, key.name, random);
            case 4 -> key.value = SampleGguf.number(4, number(random));
            default -> {
                key.type = 6;
                key.value = SampleGguf.number(4, Float.floatToIntBits(decimal(random)));
            }
        }
    }

    /** Another list in its place: other texts, other numbers, more or fewer. */
    private static void damageList(TinyGguf file, String name, Random random) {
        int length = random.nextBoolean() ? TinyGguf.VOCABULARY : random.nextInt(40);
        switch (random.nextInt(3)) {
            case 0 -> {
                String[] texts = new String[length];
                for (int i = 0; i < length; i++) {
                    texts[i] = random.nextInt(4) == 0 ? text(random) : name + i;
                }
                file.texts(name, texts);
            }
            case 1 -> file.numbers(name, 6, random.ints(length).map(_ -> Float.floatToIntBits(decimal(random)))
                    .toArray());
            default -> file.numbers(name, 5, random.ints(length).map(_ -> (int) number(random)).toArray());
        }
    }

    private static void damageTensor(TinyGguf file, Random random) {
        TinyGguf.Tensor tensor = file.tensors.get(random.nextInt(file.tensors.size()));
        int dimension = random.nextInt(tensor.dimensions.length);
        switch (random.nextInt(6)) {
            case 0 -> file.tensors.remove(tensor);
            case 1 -> tensor.dimensions[dimension] = 32L * random.nextInt(1, 9);
            case 2 -> tensor.dimensions[dimension] = random.nextInt(1, 70);
            case 3 -> tensor.type = pick(random, GgufType.F32, GgufType.Q8_0, GgufType.F16, GgufType.I8, GgufType.F64,
                    GgufType.MXFP4, GgufType.Q8_1, GgufType.I32);
            case 4 -> tensor.name = pick(random, "output.weight", "rope_freqs.weight", "blk.1.attn_q.weight",
                    "blk.0.attn_qkv.weight", "blk.0.attn_q.bias", "blk.0.ffn_gate_inp.weight", "x");
            default -> file.tensor(pick(random, "output.weight", "rope_freqs.weight", "rope_factors_short.weight",
                    "blk.0.ffn_gate_inp.weight", "blk.0.attn_q_norm.weight", "blk.0.ffn_up.bias"), GgufType.F32,
                    32L * random.nextInt(1, 3));
        }
    }

    private static long number(Random random) {
        return pick(random, 0L, 1L, 2L, 3L, 4L, 7L, 8L, 15L, 16L, 31L, 32L, 33L, 64L, 4096L, 1L << 20, 1L << 31,
                (1L << 31) - 1, (1L << 32) - 1);
    }

    private static float decimal(Random random) {
        return pick(random, 0f, -0f, 1f, -1f, 0.5f, 1e-30f, 1e30f, Float.NaN, Float.POSITIVE_INFINITY, 8f, 1e6f);
    }

    private static String text(Random random) {
        return pick(random, "", "a", "abc", "gpt2", "llama", "bert", "none", "linear", "yarn", "longrope", "default",
                "qwen2", "gemma", "falcon", "<s>", "<0x41>", "\u2581", "x".repeat(300),
                "{% for m in messages %}{{ m.role }}",
                "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}"
                        + "{% endfor %}",
                "{{ messages[0].content * 99999999 }}", "{{ raise_exception('no') }}", "{{ 1 / 0 }}");
    }

    @SafeVarargs
    private static <T> T pick(Random random, T... all) {
        return all[random.nextInt(all.length)];
    }

    private void take(byte[] file, int seed) throws IOException {
        Files.write(source, file);
        try {
            boolean converts;
            try (ModelSource found = ModelSource.open(source)) {
                opened++;
                converts = opened % CONVERTED == 0;
                if (converts) {
                    Conversion.convert(found, lane, Conversion.Options.asStored(), Conversion.Progress.NONE);
                }
            }
            if (converts) {
                run();
                ran++;
            }
        } catch (ModelFormatException | UnsupportedModelException | TextTooLongException e) {
            if (e.getMessage().length() > 2000) {
                throw new AssertionError("seed " + seed + ": an endless message", e);
            }
            refused++;
        } catch (RuntimeException | Error e) {
            Path kept = Files.write(Path.of("target/hostile.gguf"), file);
            throw new AssertionError("seed " + seed + ", kept as " + kept, e);
        }
    }

    private void run() throws IOException {
        try (Model model = Model.open(lane, ModelOptions.defaults().withThreads(1))) {
            Generator generator = model.generator();
            int[] ids = {0, model.vocabulary() - 1, 0};
            generator.logits(Arrays.copyOf(ids, Math.min(ids.length, model.maxTokens())));
            if (model.hasTokenizer()) {
                generator.decode(generator.encode("ab <x> cc\uD83D\uDE00", true));
                if (generator.chatTemplate() != null) {
                    try {
                        Chat.of(model).encode(List.of(ChatMessage.user("abc")));
                    } catch (ChatTemplateException e) {
                        // Said with its place.
                    }
                }
            }
        }
    }
}
