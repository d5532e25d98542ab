package dev.lanewise.tools.convert.huggingface;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tokenizer.AddedToken;
import dev.lanewise.tokenizer.BertNormalizer;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads {@code vocab.txt}, the vocabulary of the first BERT models: a piece a line, the id is the number of the line from 0.
 * What else the tokenizer needs is in {@code tokenizer_config.json} beside it, and BERT's defaults where that is missing.
 */
public final class VocabTxt {
    /** Tokenizers of Hugging Face that are BERT's under another name. */
    private static final Set<String> BERT = Set.of("BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer",
            "MobileBertTokenizer", "LxmertTokenizer", "FunnelTokenizer", "LayoutLMTokenizer", "RetriBertTokenizer",
            "SqueezeBertTokenizer", "ConvBertTokenizer");
    private static final int MOST_LINES = 1 << 21;

    private VocabTxt() {}

    /**
     * Reads a file, and the configuration beside it if there is one.
     *
     * @throws ModelFormatException if one of them is not what it must be
     * @throws UnsupportedModelException if the configuration asks for something that this release cannot do
     */
    public static Tokenizer read(Path file) throws IOException {
        Path config = file.resolveSibling("tokenizer_config.json");
        Path added = file.resolveSibling("added_tokens.json");
        if (Files.exists(added) && !StrictJson.parse(added.toString(), StrictJson.bytes(added)).keys().isEmpty()) {
            throw new UnsupportedModelException(added + ": tokens added to a vocab.txt are not supported; "
                    + "a tokenizer.json, which holds them as well, is");
        }
        return tokenizer(file.toString(), StrictJson.bytes(file),
                Files.exists(config)
                        ? StrictJson.parse(config.toString(), StrictJson.bytes(config))
                        : StrictJson.parse(config.toString(), "{}".getBytes(StandardCharsets.UTF_8)));
    }

    private static Tokenizer tokenizer(String file, byte[] bytes, StrictJson config) {
        if (config.has("tokenizer_class")) {
            String name = config.text("tokenizer_class");
            if (!BERT.contains(name.endsWith("Fast") ? name.substring(0, name.length() - 4) : name)) {
                throw new UnsupportedModelException(config.file() + ": the tokenizer_class '"
                        + StrictJson.shortened(name) + "' is not supported with a vocab.txt; BertTokenizer is");
            }
        }
        for (String key : List.of("do_basic_tokenize", "clean_text")) {
            if (!config.bool(key, true)) {
                throw new UnsupportedModelException(config.file() + ": '" + key + "' switched off is not supported");
            }
        }
        String[] vocabulary = vocabulary(file, bytes);
        Map<String, Integer> ids = new HashMap<>();
        for (int id = 0; id < vocabulary.length; id++) {
            ids.put(vocabulary[id], id);
        }
        String unknown = special(config, "unk_token", "[UNK]");
        String cls = special(config, "cls_token", "[CLS]");
        String sep = special(config, "sep_token", "[SEP]");
        for (String needed : List.of(unknown, cls, sep)) {
            if (!ids.containsKey(needed)) {
                throw new ModelFormatException(file, -1, "special tokens",
                        "a line '" + StrictJson.shortened(needed) + "'", "none");
            }
        }
        Map<Integer, AddedToken> added = new HashMap<>();
        if (config.has("added_tokens_decoder")) {
            StrictJson tokens = config.object("added_tokens_decoder");
            for (String key : tokens.keys()) {
                int id = id(tokens, key);
                added.put(id, TokenizerJson.addedToken(id, tokens.object(key)));
            }
        }
        for (String token : List.of(unknown, cls, sep, special(config, "pad_token", "[PAD]"),
                special(config, "mask_token", "[MASK]"))) {
            Integer id = ids.get(token);
            if (id != null) {
                added.putIfAbsent(id, AddedToken.special(id, token));
            }
        }
        boolean lowercase = config.bool("do_lower_case", true);
        BertNormalizer normalizer = new BertNormalizer(true, config.bool("tokenize_chinese_chars", true),
                config.bool("strip_accents", lowercase), lowercase);
        TokenizerEnds ends = TokenizerEnds.bert(ids.get(cls), ids.get(sep));
        return ControlFiles.withTypes(config,
                TokenizerJson.tokenizer(file, () -> TokenizerSpec.wordPiece(vocabulary, unknown, "##", 100, normalizer,
                        List.copyOf(added.values()), ends.single(), ends.pair(), true)));
    }

    /** The lines by number. A piece that is there twice has its last number, as in the reference; the first is left out. */
    private static String[] vocabulary(String file, byte[] bytes) {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(file, -1, "text", "valid UTF-8", "malformed bytes");
        }
        List<String> lines = new ArrayList<>();
        Map<String, Integer> last = new HashMap<>();
        for (int start = 0; start < text.length();) {
            int end = text.indexOf('\n', start);
            end = end < 0 ? text.length() : end;
            boolean windows = end > start && text.charAt(end - 1) == '\r';
            String line = text.substring(start, windows ? end - 1 : end);
            if (lines.size() == MOST_LINES) {
                throw new ModelFormatException(file, -1, "lines", "at most " + MOST_LINES, "more");
            }
            Integer before = last.put(line, lines.size());
            if (before != null) {
                lines.set(before, "");
            }
            lines.add(line);
            start = end + 1;
        }
        return lines.toArray(String[]::new);
    }

    private static String special(StrictJson config, String key, String otherwise) {
        if (!config.has(key)) {
            return otherwise;
        }
        return config.isText(key) ? config.text(key) : config.object(key).text("content");
    }

    private static int id(StrictJson tokens, String key) {
        try {
            int id = Integer.parseInt(key);
            if (id >= 0 && id < MOST_LINES) {
                return id;
            }
        } catch (NumberFormatException e) {
            // Said below, together with numbers out of range.
        }
        throw tokens.bad(StrictJson.shortened(key), "a key that is an id", "another");
    }
}
