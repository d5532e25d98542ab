package dev.lanewise.tools.convert.gguf;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tokenizer.AddedToken;
import dev.lanewise.tokenizer.BertNormalizer;
import dev.lanewise.tokenizer.ByteLevelDecoder;
import dev.lanewise.tokenizer.ControlTokens;
import dev.lanewise.tokenizer.Normalizer;
import dev.lanewise.tokenizer.PieceModel;
import dev.lanewise.tokenizer.PieceModel.Fallback;
import dev.lanewise.tokenizer.PieceModel.MergesModel;
import dev.lanewise.tokenizer.PieceModel.ScoresModel;
import dev.lanewise.tokenizer.PreTokenizer.Metaspace;
import dev.lanewise.tokenizer.SentenceDecoder;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.tokenizer.TokenizerSpec.Offsets;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.weights.Metadata.MetadataException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The tokenizer that a GGUF file carries among its keys: byte-level BPE, SentencePiece's BPE, or BERT's WordPiece; the same ids
 * as llama.cpp. Its files do not say all of it: which tokens end a text is known by their spelling, and how a text is divided by
 * a name.
 */
public final class GgufTokenizer {
    private static final String KEYS = "tokenizer.ggml.";
    private static final int MOST_TOKENS = 1 << 21;

    // The types of tokens, enum llama_token_type.
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;

    /** Tokens that end what a model generates, by their spelling: llama.cpp's list. */
    private static final Set<String> STOPS = Set.of("<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>",
            "<|flush|>", "<|calls|>", "<end_of_turn>", "<|endoftext|>", "</s>", "<|eom_id|>", "<EOT>", "_<EOT>",
            "[EOT]", "[EOS]", "<|end_of_text|>", "<end_of_utterance>", "<eos>", "<turn|>", "<|tool_response>",
            "<\uFF5Cend\u2581of\u2581sentence\uFF5C>", "[e~[", "<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>",
            "[PAD]",
            "<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>", "<|file_sep|>");

    private final String file;
    private final Map<String, Object> metadata;
    private final String[] tokens;
    private final long[] types; // [token], or empty

    private GgufTokenizer(String file, Map<String, Object> metadata) {
        this.file = file;
        this.metadata = metadata;
        tokens = value("tokens", String[].class, "a list of texts");
        types = metadata.get(KEYS + "token_type") == null
                ? new long[0]
                : value("token_type", long[].class, "a list of whole numbers");
        if (tokens.length == 0 || tokens.length > MOST_TOKENS) {
            throw bad("tokens", "1 to " + MOST_TOKENS, tokens.length + "");
        }
        if (types.length != 0 && types.length != tokens.length) {
            throw bad("token_type", "one for each of " + tokens.length + " tokens", types.length + "");
        }
    }

    /**
     * The tokenizer of a model; empty if it has none.
     *
     * @throws ModelFormatException if what the file says contradicts itself
     * @throws UnsupportedModelException if it is of a kind, or divides text in a way, that is not supported
     */
    public static Optional<Tokenizer> of(GgufModel model) {
        String file = model.files().getFirst().toString();
        Object kind = model.metadata().get(KEYS + "model");
        if (kind == null || kind.equals("none") || kind.equals("no_vocab")) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Tokenizer(switch (kind.toString()) {
                case "gpt2" -> new GgufTokenizer(file, model.metadata()).byteLevel();
                case "llama" -> new GgufTokenizer(file, model.metadata()).sentence();
                case "bert" -> new GgufTokenizer(file, model.metadata()).wordPiece();
                default -> throw new UnsupportedModelException(file + ": a tokenizer of the kind "
                        + (kind instanceof String name ? Json.quoted(name) : "that is no text")
                        + "; supported are gpt2, llama and bert");
            }));
        } catch (MetadataException e) {
            throw new ModelFormatException(file, -1, e.key(), e.expected(), e.found());
        }
    }

    private TokenizerSpec byteLevel() {
        String name = metadata.containsKey(KEYS + "pre") ? value("pre", String.class, "a text") : "";
        GgufPreTokenizer pre = GgufPreTokenizer.of(name).orElseThrow(() -> new UnsupportedModelException(file
                + ": text is divided as " + Json.quoted(name) + " does it (" + KEYS + "pre), which is not supported"));
        String[] merges = value("merges", String[].class, "a list of texts");
        String[] lefts = new String[merges.length];
        String[] rights = new String[merges.length];
        for (int i = 0; i < merges.length; i++) {
            int space = merges[i].indexOf(' ', 1);
            if (space < 0) {
                throw bad("merges", "two texts with a space between", Json.quoted(merges[i]));
            }
            lefts[i] = merges[i].substring(0, space);
            rights[i] = merges[i].substring(space + 1);
        }
        PieceModel model = MergesModel.of(tokens, lefts, rights, pre.wholeWords(), Fallback.NONE);
        ControlTokens control = control(id("bos_token_id", -1), id("eos_token_id", -1));
        return new TokenizerSpec(tokens, added(control), List.of(), pre.steps(), model, new ByteLevelDecoder(),
                template(control, pre.addBegin(), false), template(control, pre.addBegin(), true), Offsets.WHOLE,
                control);
    }

    private TokenizerSpec sentence() {
        boolean prefix = flag("add_space_prefix", true);
        int unknown = id("unknown_token_id", 0);
        ControlTokens control = control(id("bos_token_id", 1), id("eos_token_id", 2));
        // Tokens that steer the model are no pieces: they cannot come of a text that spells them.
        String[] pieces = tokens.clone();
        for (int id = 0; id < pieces.length; id++) {
            if (isSpecial(id, control)) {
                pieces[id] = "";
            }
        }
        boolean bytes = Arrays.asList(tokens).contains("<0x00>");
        Fallback fallback = new Fallback(bytes, unknown < 0 ? "" : tokens[unknown], true);
        List<Normalizer> normalizers = new ArrayList<>();
        if (prefix) {
            normalizers.add(new Normalizer.Prepend(" "));
        }
        normalizers.add(Normalizer.Replace.spaces());
        return new TokenizerSpec(pieces, added(control), normalizers, List.of(),
                new ScoresModel(scores(), fallback),
                new SentenceDecoder(Metaspace.SPACE, bytes,
                        prefix ? SentenceDecoder.Strip.SPACE : SentenceDecoder.Strip.NOTHING),
                template(control, true, false), template(control, true, true), Offsets.WHOLE, control);
    }

    private TokenizerSpec wordPiece() {
        String[] pieces = new String[tokens.length];
        for (int id = 0; id < pieces.length; id++) {
            String token = tokens[id];
            // GGUF marks where a word begins, not where it goes on.
            pieces[id] = token.startsWith("" + Metaspace.SPACE)
                    ? token.substring(1)
                    : token.isEmpty() || token.startsWith("[") && token.endsWith("]") ? token : "##" + token;
        }
        int cls = id("cls_token_id", id("bos_token_id", 101));
        int sep = id("seperator_token_id", 102); // so it is spelled
        int unknown = id("unknown_token_id", 100);
        if (cls < 0 || sep < 0 || unknown < 0) {
            throw bad("tokens", "a token for each of begin, separator and unknown", tokens.length + " tokens");
        }
        List<AddedToken> added = new ArrayList<>();
        for (int id : new TreeSet<>(List.of(cls, sep, unknown, id("padding_token_id", 0), id("mask_token_id", 103)))) {
            if (id >= 0) {
                added.add(AddedToken.special(id, pieces[id]));
            }
        }
        boolean lowercase = flag("normalizer.lowercase", true);
        return TokenizerSpec.wordPiece(pieces, pieces[unknown], "##", 100,
                new BertNormalizer(true, true, flag("normalizer.strip_accents", lowercase), lowercase), added,
                new Template(new int[]{cls, Template.A, sep}, new int[]{0, 0, 0}),
                new Template(new int[]{cls, Template.A, sep, Template.B, sep}, new int[]{0, 0, 0, 1, 1}), true);
    }

    /** Tokens that are found in a text as they are: those that steer the model only when asked, others always. */
    private List<AddedToken> added(ControlTokens control) {
        String name = metadata.get("general.name") instanceof String text ? text.toLowerCase(Locale.ROOT) : "";
        boolean phi3 = name.contains("phi-3") || name.contains("phi3");
        Set<String> kept = Set.of("<unk>", "<s>", "<|endoftext|>");
        List<AddedToken> added = new ArrayList<>();
        for (int id = 0; id < tokens.length; id++) {
            boolean special = isSpecial(id, control);
            if (!tokens[id].isEmpty() && (special || type(id) == USER_DEFINED)) {
                added.add(new AddedToken(id, tokens[id], false, false, phi3 && !kept.contains(tokens[id]), false,
                        special));
            }
        }
        return added;
    }

    private boolean isSpecial(int id, ControlTokens control) {
        return type(id) == CONTROL || type(id) == UNKNOWN || control.isStop(id) || id == control.begin();
    }

    private int type(int id) {
        return types.length == 0 ? 1 : (int) types[id];
    }

    private ControlTokens control(int begin, int end) {
        Set<Integer> stops = new TreeSet<>();
        for (int id = 0; id < tokens.length; id++) {
            if (STOPS.contains(tokens[id])) {
                stops.add(id);
            }
        }
        for (String key : List.of("eot_token_id", "eom_token_id", "fim_pad_token_id", "fim_rep_token_id",
                "fim_sep_token_id")) {
            stops.add(id(key, -1));
        }
        stops.add(end);
        stops.remove(-1);
        // In these two families, a token of that spelling ends a part of the answer and not all of it.
        Set<String> spelled = new TreeSet<>();
        stops.forEach(id -> spelled.add(tokens[id]));
        boolean calls = spelled.contains("<|call|>") || spelled.contains("<|calls|>");
        if (calls && (spelled.contains("<|return|>") || spelled.contains("<|flush|>"))) {
            stops.removeIf(id -> tokens[id].equals("<|end|>"));
        }
        if (spelled.contains("<|tool_response>")) {
            stops.removeIf(id -> tokens[id].equals("</s>"));
        }
        return new ControlTokens(begin, end, stops.stream().mapToInt(Integer::intValue).toArray());
    }

    private Template template(ControlTokens control, boolean addBegin, boolean pair) {
        List<Integer> ids = new ArrayList<>();
        if (flag("add_bos_token", addBegin)) {
            ids.add(needed("bos_token_id", control.begin()));
        }
        boolean addEnd = flag("add_eos_token", false);
        ids.add(Template.A);
        if (addEnd) {
            ids.add(needed("eos_token_id", control.end()));
        }
        int first = ids.size();
        if (pair) {
            ids.add(Template.B);
            if (addEnd) {
                ids.add(control.end());
            }
        }
        int[] typeIds = new int[ids.size()];
        Arrays.fill(typeIds, first, typeIds.length, 1);
        return new Template(ids.stream().mapToInt(Integer::intValue).toArray(), typeIds);
    }

    private int needed(String key, int id) {
        if (id < 0) {
            throw bad(key, "an id, as it is put to every text", "none");
        }
        return id;
    }

    private float[] scores() {
        float[] scores = new float[tokens.length];
        switch (metadata.get(KEYS + "scores")) {
            case double[] values when values.length == tokens.length -> {
                for (int i = 0; i < scores.length; i++) {
                    scores[i] = (float) values[i];
                }
            }
            case long[] values when values.length == tokens.length -> {
                for (int i = 0; i < scores.length; i++) {
                    scores[i] = values[i];
                }
            }
            case null, default -> throw bad("scores", "a number for each of " + tokens.length + " tokens", "others");
        }
        return scores;
    }

    /** The id under a key; another if there is none, and -1 if that other is no token. */
    private int id(String key, int otherwise) {
        if (!metadata.containsKey(KEYS + key)) {
            return otherwise < tokens.length ? otherwise : -1;
        }
        long id = value(key, Long.class, "a whole number");
        if (id < 0 || id >= tokens.length) {
            // Files say "none" with the largest number.
            if (id == 0xFFFFFFFFL || id == -1) {
                return -1;
            }
            throw bad(key, "an id from 0 to " + (tokens.length - 1), id + "");
        }
        return (int) id;
    }

    private boolean flag(String key, boolean otherwise) {
        return metadata.containsKey(KEYS + key) ? value(key, Boolean.class, "true or false") : otherwise;
    }

    private <T> T value(String key, Class<T> type, String expected) {
        Object value = metadata.get(KEYS + key);
        if (!type.isInstance(value)) {
            throw bad(key, expected, value == null ? "nothing" : "another value");
        }
        return type.cast(value);
    }

    private ModelFormatException bad(String key, String expected, String found) {
        return new ModelFormatException(file, -1, KEYS + key, expected, found);
    }
}
