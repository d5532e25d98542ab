package dev.lanewise.tools.convert.gguf;

import dev.lanewise.tokenizer.PreTokenizer;
import dev.lanewise.tokenizer.PreTokenizer.Behavior;
import dev.lanewise.tokenizer.PreTokenizer.ByteLevel;
import dev.lanewise.tokenizer.PreTokenizer.PatternSplit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the names of {@code tokenizer.ggml.pre} stand for: GGUF gives a name where {@code tokenizer.json} gives the patterns, and
 * llama.cpp keeps the list. A name that needs more than patterns, or one that no
 * machine of {@code PatternSplit} finds in linear time, is not here.
 *
 * @param patterns that divide the text, one after the other
 * @param wholeWords whether a word that is a piece is taken as it is, whatever the merges say
 * @param addBegin whether the begin token is put before a text unless the file says otherwise
 */
record GgufPreTokenizer(List<String> patterns, boolean wholeWords, boolean addBegin) {
    private static final String CONTRACTIONS = "'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]";
    /** The lines of text that end a pattern: white space up to line feeds, all of it but the last, the last. */
    private static final String SPACES = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String SYMBOLS = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*";

    private static final String GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    private static final String WORDS = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
    private static final String LLAMA3 = CONTRACTIONS + "|" + WORDS + "|\\p{N}{1,3}" + SYMBOLS + SPACES;
    private static final String QWEN2 = CONTRACTIONS + "|" + WORDS + "|\\p{N}" + SYMBOLS + SPACES;
    private static final String QWEN35 = CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*" + SPACES;
    /** Letters but not small ones of ASCII, then letters but not capital ones: so llama.cpp reads the upper and lower case. */
    private static final String CASES = "[^\\r\\n\\p{L}\\p{N}]?[\\p{L}&&[^a-z]]*[\\p{L}&&[^A-Z]]+%1$s"
            + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}&&[^a-z]]+[\\p{L}&&[^A-Z]]*%1$s";
    private static final String CASED_SPACES = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*" + SPACES;
    private static final String TEKKEN = CASES.formatted("") + "|\\p{N}" + CASED_SPACES;
    private static final String GPT4O = CASES.formatted("(?:" + CONTRACTIONS + ")?") + "|\\p{N}{1,3}" + CASED_SPACES;
    private static final String DEEPSEEK3 = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
            + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*" + SPACES;
    private static final String BLOOM = " ?[^(\\s|.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C)]+";
    private static final String DEEPSEEK_LETTERS = "\\s?[A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293"
            + "\u0295-\u02AF\u0370-\u0373\u0376\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5"
            + "\u03F7-\u0481\u048A-\u052F\u0531-\u0556\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF"
            + "\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B"
            + "\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC"
            + "\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134"
            + "\u2139\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D"
            + "\uA680-\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A\uFF41-\uFF5A"
            + "\\x{10400}-\\x{1044F}\\x{104B0}-\\x{104D3}\\x{104D8}-\\x{104FB}\\x{10C80}-\\x{10CB2}\\x{10CC0}-\\x{10CF2}"
            + "\\x{118A0}-\\x{118DF}\\x{1E900}-\\x{1E943}]+";
    private static final String DEEPSEEK_HAN = "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+";
    private static final String HAN_KANA = "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+";
    private static final String PUNCTUATION = "[\\p{P}\\$\\+<=>\\^~\\|`]+";

    /** What a name stands for; empty if it is not known here. */
    static Optional<GgufPreTokenizer> of(String name) {
        return Optional.ofNullable(switch (name) {
            case "", "default" -> plain("[\\p{P}\\$\\+<=>\\^~\\|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]");
            case "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2",
                    "jina-v5-nano" ->
                new GgufPreTokenizer(List.of(LLAMA3), true, true);
            case "dbrx", "smaug-bpe", "glm4", "chatglm-bpe" -> plain(LLAMA3);
            case "gpt-2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum",
                    "modern-bert", "jina-v1-en", "jina-v2-code", "roberta-bpe", "mpt", "olmo", "jais", "trillion",
                    "granite-docling", "exaone4" ->
                plain(GPT2);
            case "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2" ->
                plain("\\p{N}", GPT2);
            case "qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "stablelm2", "megrez", "hunyuan", "solar-open",
                    "grok-2" ->
                plain(QWEN2);
            case "qwen35" -> plain(QWEN35);
            case "falcon" -> plain(PUNCTUATION, GPT2, "[0-9][0-9][0-9]");
            case "deepseek-llm" -> plain("[\\r\\n]", DEEPSEEK_LETTERS,
                    "\\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+", "\\s+$", DEEPSEEK_HAN,
                    "\\p{N}+");
            case "deepseek-coder" -> plain("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", DEEPSEEK_HAN, "\\p{N}");
            case "deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4" -> plain("\\p{N}{1,3}", HAN_KANA, DEEPSEEK3);
            case "bloom", "poro-chat", "gpt3-finnish" -> plain(BLOOM);
            case "viking" -> plain(BLOOM, "\\p{N}");
            case "tekken" -> new GgufPreTokenizer(List.of(TEKKEN), true, true);
            case "gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2" -> plain(GPT4O);
            case "chameleon" -> new GgufPreTokenizer(List.of("<sentinel:[0-9]+>", "IMGIMG[A-I]{1,4}Z",
                    "[\\t\\n]|    |  ", "\\p{N}", "[\\p{P}!-/:-@\\[-`{-~]", GPT2), false, true);
            case "bailingmoe", "bailingmoe2", "llada-moe" -> plain("'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|"
                    + WORDS + "|\\p{N}" + SYMBOLS + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+");
            case "seed-coder" -> plain(CONTRACTIONS + "|" + WORDS + "|\\p{N}| ?[^\\s\\p{L}\\p{N}\\r\\n]+" + SPACES);
            case "minicpm5" -> new GgufPreTokenizer(List.of("\\p{N}{1,3}",
                    CONTRACTIONS + "|" + WORDS + "|\\p{N}+" + SYMBOLS + SPACES), true, false);
            default -> null;
        });
    }

    private static GgufPreTokenizer plain(String... patterns) {
        return new GgufPreTokenizer(List.of(patterns), false, false);
    }

    /** Its steps: what each pattern finds is a piece of its own, then come the bytes. */
    List<PreTokenizer> steps() {
        List<PreTokenizer> steps = new ArrayList<>();
        for (String pattern : patterns) {
            steps.add(new PatternSplit(pattern, Behavior.ISOLATED, false));
        }
        steps.add(new ByteLevel());
        return steps;
    }
}
