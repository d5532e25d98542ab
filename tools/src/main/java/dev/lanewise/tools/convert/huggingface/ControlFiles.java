package dev.lanewise.tools.convert.huggingface;

import dev.lanewise.tokenizer.ControlTokens;
import dev.lanewise.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeSet;

/**
 * The tokens by which texts begin and end, from the files beside a {@code tokenizer.json}, which does not say:
 * {@code generation_config.json}, {@code config.json} and {@code tokenizer_config.json}. All ends that one of them names end
 * what the model generates. Ids that the tokenizer does not have are left out.
 */
final class ControlFiles {
    private ControlFiles() {}

    /** The same tokenizer, with what the files beside it say. */
    static Tokenizer apply(Path tokenizerJson, Tokenizer tokenizer) throws IOException {
        int begin = -1;
        int end = -1;
        TreeSet<Integer> stops = new TreeSet<>();
        for (String name : new String[]{"generation_config.json", "config.json"}) {
            Path file = tokenizerJson.resolveSibling(name);
            if (Files.exists(file)) {
                StrictJson config = StrictJson.parse(file.toString(), StrictJson.bytes(file));
                int[] begins = ids(config, "bos_token_id", tokenizer);
                int[] ends = ids(config, "eos_token_id", tokenizer);
                begin = begin < 0 && begins.length > 0 ? begins[0] : begin;
                end = end < 0 && ends.length > 0 ? ends[0] : end;
                for (int id : ends) {
                    stops.add(id);
                }
            }
        }
        Path file = tokenizerJson.resolveSibling("tokenizer_config.json");
        if (Files.exists(file)) {
            StrictJson config = StrictJson.parse(file.toString(), StrictJson.bytes(file));
            begin = begin < 0 ? id(config, "bos_token", tokenizer) : begin;
            int named = id(config, "eos_token", tokenizer);
            end = end < 0 ? named : end;
            if (named >= 0) {
                stops.add(named);
            }
        }
        return begin < 0 && stops.isEmpty()
                ? tokenizer
                : tokenizer.withControl(new ControlTokens(begin, end,
                        stops.stream().mapToInt(Integer::intValue).toArray()));
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
