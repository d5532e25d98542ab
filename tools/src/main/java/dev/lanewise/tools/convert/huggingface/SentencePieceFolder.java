package dev.lanewise.tools.convert.huggingface;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tools.convert.VocabularyTokenizer;
import dev.lanewise.tools.convert.VocabularyTokenizer.Units;
import dev.lanewise.tools.convert.sentencepiece.SentencePieceModel;
import dev.lanewise.tools.convert.sentencepiece.SentencePieceTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The tokenizer of a folder with a file of SentencePiece and no {@code tokenizer.json}. The file has ids of its own; which ids
 * the model has for its pieces, which tokens it adds to them and puts around a text depends on the family, as transformers has it.
 */
final class SentencePieceFolder {
    private static final String MARIAN = "source.spm";
    private static final String VOCABULARY = "vocab.json";
    private static final String END = "</s>";
    private static final String BEGIN = "<s>";
    private static final String UNKNOWN = "<unk>";
    private static final String PADDING = "<pad>";
    private static final String MASK = "<mask>";
    /** Pieces of the file before all others, which fairseq's models number anew. */
    private static final int FAIRSEQ_PIECES = 3;
    private static final int FAIRSEQ_OFFSET = 1;
    private static final int MOST_IDS = 1 << 21;

    private final Path file;
    private final StrictJson config;

    private SentencePieceFolder(Path file) throws IOException {
        this.file = file;
        config = json("tokenizer_config.json");
    }

    /** The files that a tokenizer may be in, of a family by its {@code model_type}; the first that exists is it. */
    static List<Path> files(Path folder, String type) {
        List<String> names = new ArrayList<>(List.of("tokenizer.json"));
        switch (type) {
            case "marian" -> names.addAll(List.of(MARIAN, VOCABULARY));
            case "t5", "pegasus" -> names.add("spiece.model");
            case "mbart", "m2m_100", "xlm-roberta", "camembert" -> names.add("sentencepiece.bpe.model");
            case "llama", "mistral", "gemma", "gemma2" -> names.add("tokenizer.model");
            default -> {
                // No other family has one that is known here.
            }
        }
        return names.stream().map(folder::resolve).toList();
    }

    /** Reads it. */
    static Tokenizer read(Path file, String type) throws IOException {
        return ControlFiles.apply(file, new SentencePieceFolder(file).tokenizer(type));
    }

    /** The tokenizer of what a model writes, beside that of what it reads; only Marian has one. */
    static Optional<Tokenizer> target(Path file) throws IOException {
        String name = file.getFileName().toString();
        SentencePieceFolder folder = new SentencePieceFolder(file);
        return switch (name) {
            case MARIAN -> Optional.of(ControlFiles.apply(file, folder.marian(file.resolveSibling("target.spm"),
                    folder.config.bool("separate_vocabs", false) ? "target_vocab.json" : VOCABULARY)));
            case VOCABULARY -> Optional.of(ControlFiles.apply(file, folder.spelled(false)));
            default -> Optional.empty();
        };
    }

    private Tokenizer tokenizer(String type) throws IOException {
        if (config.has("tokenizer_class") && config.text("tokenizer_class").startsWith("Nllb")) {
            throw new UnsupportedModelException(config.file() + ": a " + config.text("tokenizer_class")
                    + " is supported by its tokenizer.json only, which is not here");
        }
        return switch (file.getFileName().toString()) {
            case MARIAN -> marian(file, VOCABULARY);
            case VOCABULARY -> spelled(true);
            default -> switch (type) {
                case "t5" -> t5();
                case "pegasus" -> pegasus();
                case "mbart" -> mbart();
                case "xlm-roberta" -> xlmRoberta();
                case "camembert" -> camembert();
                case "m2m_100" -> m2m100();
                default -> plain();
            };
        };
    }

    private Tokenizer marian(Path pieces, String vocabulary) throws IOException {
        Map<String, Integer> ids = vocabulary(vocabulary);
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.of(SentencePieceModel.read(pieces), ids);
        ids.forEach((token, id) -> {
            if (Set.of(UNKNOWN, END, PADDING).contains(token)) {
                tokenizer.add(id, token, true);
            } else if (token.startsWith(">>") && token.endsWith("<<")) {
                tokenizer.add(id, token, false); // the language to translate to
            }
        });
        return tokenizer.around(List.of(), List.of(END)).make(UNKNOWN);
    }

    /** A Marian vocabulary alone: what is read is spelled by characters, what is written are words. */
    private Tokenizer spelled(boolean source) throws IOException {
        Map<String, Integer> ids = vocabulary(VOCABULARY);
        String[] tokens = new String[ids.values().stream().mapToInt(id -> id + 1).max().orElse(0)];
        Arrays.fill(tokens, "");
        ids.forEach((token, id) -> tokens[id] = token);
        Set<String> special = new HashSet<>(Set.of(UNKNOWN, END, PADDING));
        special.retainAll(ids.keySet());
        if (!special.contains(UNKNOWN) || !special.contains(END)
                || Units.of(List.of(tokens), special) == Units.PIECES) {
            throw new UnsupportedModelException(file + ": a vocabulary of SentencePiece without its pieces; "
                    + MARIAN + " and target.spm must be beside it");
        }
        return VocabularyTokenizer.of(file.toString(), List.of(tokens), special, UNKNOWN,
                source ? Units.CHARACTERS : Units.WORDS, Units.WORDS, source && config.bool("do_lower_case", false),
                new Template(new int[]{Template.A, ids.get(END)}, new int[2]));
    }

    private Tokenizer t5() throws IOException {
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.of(SentencePieceModel.read(file), id -> id);
        int first = tokenizer.size();
        int count = config.has("extra_ids") ? config.integer("extra_ids", 0, MOST_IDS) : 100;
        for (int i = 0; i < count; i++) {
            tokenizer.add(first + count - 1 - i, "<extra_id_" + i + ">", true);
        }
        return tokenizer.around(List.of(), List.of(END)).make(UNKNOWN);
    }

    private Tokenizer pegasus() throws IOException {
        int offset = config.has("offset") ? config.integer("offset", 0, MOST_IDS) : 103;
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.of(SentencePieceModel.read(file),
                id -> id < 2 ? id : id + offset);
        if (offset > 0) {
            tokenizer.add(2, "<mask_1>", true).add(3, "<mask_2>", true);
            for (int i = 2; i < offset; i++) {
                tokenizer.add(i + 2, "<unk_" + i + ">", true);
            }
        }
        return tokenizer.around(List.of(), List.of(END)).make(UNKNOWN);
    }

    private Tokenizer mbart() throws IOException {
        SentencePieceModel model = fairseqPieces();
        SentencePieceTokenizer tokenizer = fairseq(model);
        boolean fifty = config.has("tokenizer_class") && config.text("tokenizer_class").startsWith("MBart50");
        List<String> languages = new ArrayList<>(LanguageCodes.MBART);
        languages.addAll(fifty ? LanguageCodes.MBART50 : List.of());
        int first = model.pieces().size() + FAIRSEQ_OFFSET;
        for (int i = 0; i < languages.size(); i++) {
            tokenizer.add(first + i, languages.get(i), true);
        }
        tokenizer.add(first + languages.size(), MASK, true);
        String language = language("en_XX");
        return (fifty
                ? tokenizer.around(List.of(language), List.of(END))
                : tokenizer.around(List.of(), List.of(END, language))).make(UNKNOWN);
    }

    private SentencePieceModel fairseqPieces() throws IOException {
        List<String> order = List.of(UNKNOWN, BEGIN, END);
        SentencePieceModel model = SentencePieceModel.read(file);
        for (int i = 0; i < FAIRSEQ_PIECES; i++) {
            if (i >= model.pieces().size() || !model.pieces().get(i).text().equals(order.get(i))) {
                throw new UnsupportedModelException(file + ": pieces that do not begin with " + order
                        + ", as those of fairseq's models do, are not supported");
            }
        }
        return model;
    }

    /** The beginning, padding, the end, the unknown piece, then the others one later than in the file. */
    private static SentencePieceTokenizer fairseq(SentencePieceModel model) {
        List<Integer> ids = List.of(3, 0, 2);
        return SentencePieceTokenizer.of(model, id -> id < FAIRSEQ_PIECES ? ids.get(id) : id + FAIRSEQ_OFFSET)
                .add(1, PADDING, true);
    }

    private Tokenizer xlmRoberta() throws IOException {
        SentencePieceModel model = fairseqPieces();
        SentencePieceTokenizer tokenizer = fairseq(model);
        tokenizer.add(model.pieces().size() + FAIRSEQ_OFFSET, MASK, true);
        return tokenizer.around(List.of(BEGIN), List.of(END)).between(List.of(END, END)).make(UNKNOWN);
    }

    /** Four tokens come before the file's pieces, of which the unknown one is never found. */
    private Tokenizer camembert() throws IOException {
        SentencePieceModel model = fairseqPieces();
        int offset = 4;
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.of(model, id -> id == 0 ? 3 : id + offset);
        tokenizer.add(0, "<s>NOTUSED", true).add(1, PADDING, true).add(2, "</s>NOTUSED", true)
                .add(offset, "<unk>NOTUSED", true).add(model.pieces().size() + offset, MASK, true);
        return tokenizer.around(List.of(BEGIN), List.of(END)).between(List.of(END, END)).make(UNKNOWN);
    }

    private Tokenizer m2m100() throws IOException {
        Map<String, Integer> ids = vocabulary(VOCABULARY);
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.of(SentencePieceModel.read(file), ids);
        for (String token : List.of(BEGIN, PADDING, END, UNKNOWN)) {
            if (ids.containsKey(token)) {
                tokenizer.add(ids.get(token), token, true);
            }
        }
        boolean wmt21 = config.has("language_codes") && config.text("language_codes").equals("wmt21");
        List<String> languages = wmt21 ? LanguageCodes.WMT21 : LanguageCodes.M2M100;
        for (int i = 0; i < languages.size(); i++) {
            tokenizer.add(ids.size() + i, "__" + languages.get(i) + "__", true);
        }
        return tokenizer.around(List.of("__" + language("en") + "__"), List.of(END)).make(UNKNOWN);
    }

    /** The ids of the file; llama's way to begin a text. */
    private Tokenizer plain() throws IOException {
        SentencePieceModel model = SentencePieceModel.read(file);
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.of(model, id -> id);
        return tokenizer.around(config.bool("add_bos_token", true) ? List.of(special("bos_token", BEGIN)) : List.of(),
                config.bool("add_eos_token", false) ? List.of(special("eos_token", END)) : List.of())
                .make(model.pieces().get(model.unknown()).text());
    }

    private String language(String otherwise) {
        return config.has("src_lang") ? config.text("src_lang") : otherwise;
    }

    private String special(String key, String otherwise) {
        return !config.has(key)
                ? otherwise
                : config.isText(key) ? config.text(key) : config.object(key).text("content");
    }

    private Map<String, Integer> vocabulary(String name) throws IOException {
        Path path = file.resolveSibling(name);
        StrictJson vocabulary = StrictJson.parse(path.toString(), StrictJson.bytes(path));
        Map<String, Integer> ids = new HashMap<>();
        for (String token : vocabulary.keys()) {
            ids.put(token, vocabulary.integer(token, 0, MOST_IDS - 1));
        }
        return ids;
    }

    private StrictJson json(String name) throws IOException {
        Path path = file.resolveSibling(name);
        return StrictJson.parse(path.toString(),
                Files.exists(path) ? StrictJson.bytes(path) : "{}".getBytes(StandardCharsets.UTF_8));
    }
}
