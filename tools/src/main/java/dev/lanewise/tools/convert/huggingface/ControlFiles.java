package dev.lanewise.tools.convert.huggingface;

import dev.lanewise.tokenizer.ControlTokens;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeSet;

/**
 * The tokens by which texts begin and end, from the files beside a {@code tokenizer.json}, which does not say:
 * {@code tokenizer_config.json}, which spells out what chat templates see, and {@code generation_config.json} and
 * {@code config.json}, whose ids are often those of the model that another one grew from. All ends that one of them names
 * end what the model generates. Ids that the tokenizer does not have are left out. The first of the files also says whether
 * tokens have types.
 */
final class ControlFiles {
    private ControlFiles() {}

    /** The same tokenizer, with what the files beside it say. */
    static Tokenizer apply(Path tokenizerJson, Tokenizer plain) throws IOException {
        Tokenizer tokenizer = plain;
        int begin = -1;
        int end = -1;
        boolean begins = true;
        TreeSet<Integer> stops = new TreeSet<>();
        Path spelled = tokenizerJson.resolveSibling("tokenizer_config.json");
        if (Files.exists(spelled)) {
            StrictJson config = StrictJson.parse(spelled.toString(), StrictJson.bytes(spelled));
            tokenizer = withTypes(config, plain);
            begins = !config.isNull("bos_token");
            begin = id(config, "bos_token", tokenizer);
            end = id(config, "eos_token", tokenizer);
            if (end >= 0) {
                stops.add(end);
            }
        }
        for (String name : new String[]{"generation_config.json", "config.json"}) {
            Path file = tokenizerJson.resolveSibling(name);
            if (Files.exists(file)) {
                StrictJson config = StrictJson.parse(file.toString(), StrictJson.bytes(file));
                int[] starts = ids(config, "bos_token_id", tokenizer);
                int[] ends = ids(config, "eos_token_id", tokenizer);
                begin = begin < 0 && begins && starts.length > 0 ? starts[0] : begin;
                end = end < 0 && ends.length > 0 ? ends[0] : end;
                for (int id : ends) {
                    stops.add(id);
                }
            }
        }
        return begin < 0 && stops.isEmpty()
                ? tokenizer
                : tokenizer.withControl(new ControlTokens(begin, end,
                        stops.stream().mapToInt(Integer::intValue).toArray()));
    }

    /**
     * The same tokenizer, or one that gives every token the type 0: transformers passes no types where the inputs that a
     * {@code tokenizer_config.json} names are without them.
     */
    static Tokenizer withTypes(StrictJson config, Tokenizer tokenizer) {
        String key = "model_input_names";
        if (!config.has(key) || config.contains(key, "token_type_ids")) {
            return tokenizer;
        }
        TokenizerSpec spec = tokenizer.spec();
        return new Tokenizer(new TokenizerSpec(spec.vocabulary(), spec.added(), spec.normalizers(),
                spec.preTokenizers(), spec.model(), spec.decoder(), withoutTypes(spec.single()),
                withoutTypes(spec.pair()), spec.offsets(), spec.control()));
    }

    private static Template withoutTypes(Template template) {
        return new Template(template.ids(), new int[template.ids().length]);
    }

    /** One id or several. */
    private static int[] ids(StrictJson config, String key, Tokenizer tokenizer) {
        if (!config.has(key)) {
            return new int[0];
        }
        int[] ids = config.isList(key)
                ? config.integers(key, Integer.MIN_VALUE, Integer.MAX_VALUE)
                : new int[]{config.integer(key, Integer.MIN_VALUE, Integer.MAX_VALUE)};
        return Arrays.stream(ids).filter(id -> id >= 0 && id < tokenizer.size()).toArray();
    }

    /** The id of a token that is spelled out, or is an object with its spelling. */
    private static int id(StrictJson config, String key, Tokenizer tokenizer) {
        if (!config.has(key)) {
            return -1;
        }
        return tokenizer.id(config.isText(key) ? config.text(key) : config.object(key).text("content"));
    }
}
