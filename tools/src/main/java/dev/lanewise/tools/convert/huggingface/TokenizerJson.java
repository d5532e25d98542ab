package dev.lanewise.tools.convert.huggingface;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tokenizer.AddedToken;
import dev.lanewise.tokenizer.ControlTokens;
import dev.lanewise.tokenizer.PieceDecoder;
import dev.lanewise.tokenizer.PieceModel;
import dev.lanewise.tokenizer.PieceModel.Fallback;
import dev.lanewise.tokenizer.PieceModel.MergesModel;
import dev.lanewise.tokenizer.PieceModel.UnigramModel;
import dev.lanewise.tokenizer.PieceModel.WordPieceModel;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.tokenizer.WordPieceDecoder;
import dev.lanewise.weights.Metadata.MetadataException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;

/**
 * Reads {@code tokenizer.json}, in which Hugging Face's {@code tokenizers} stores a tokenizer. What changes the result and is
 * not supported is refused by name.
 *
 * <p>The sections {@code truncation} and {@code padding} are not applied, on purpose: they are settings of whoever saved the
 * file last, often shorter than what the model takes. The model's own limit counts, and nothing is padded.
 */
public final class TokenizerJson {
    private static final int MOST_IDS = 1 << 21;
    /** How much worse than the worst piece a character is that is none. */
    private static final double UNKNOWN_PENALTY = 10;

    private TokenizerJson() {}

    /**
     * Reads a file, and from the files beside it which tokens texts begin and end with.
     *
     * @throws ModelFormatException if it is not what it must be
     * @throws UnsupportedModelException if it asks for something that this release cannot do
     */
    public static Tokenizer read(Path file) throws IOException {
        return ControlFiles.apply(file, parse(file.toString(), StrictJson.bytes(file)));
    }

    /**
     * Reads the content of a file.
     *
     * @param file the name that failures give
     * @param bytes its content
     * @throws ModelFormatException if it is not what it must be
     * @throws UnsupportedModelException if it asks for something that this release cannot do
     */
    public static Tokenizer parse(String file, byte[] bytes) {
        StrictJson json = StrictJson.parse(file, bytes);
        json.only("version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor",
                "decoder", "model");
        if (!json.text("version").equals("1.0")) {
            throw unsupported(json, "version", "'" + StrictJson.shortened(json.text("version")) + "'", "1.0");
        }
        StrictJson model = model(json);
        return tokenizer(file, () -> {
            boolean unigram = isUnigram(model);
            DoubleStream.Builder scores = DoubleStream.builder();
            String[] vocabulary = unigram ? model.scores("vocab", scores) : vocabulary(model.object("vocab"));
            TokenizerEnds ends = TokenizerEnds.of(json);
            PieceDecoder decoder = TokenizerEnds.decoder(json);
            PieceModel pieces = unigram
                    ? unigram(json, model, vocabulary, scores.build().toArray())
                    : model.has("merges") ? merges(model, vocabulary) : wordPiece(json, model, decoder);
            return new TokenizerSpec(vocabulary,
                    json.objects("added_tokens").stream().map(TokenizerJson::addedToken).toList(),
                    TokenizerSteps.normalizers(json), TokenizerSteps.preTokenizers(json), pieces, decoder,
                    ends.single(), ends.pair(), ends.offsets(), ControlTokens.NONE);
        });
    }

    /** Makes a tokenizer of what a file says, and lays contradictions at the file's door. */
    static Tokenizer tokenizer(String file, Supplier<TokenizerSpec> spec) {
        try {
            return new Tokenizer(spec.get());
        } catch (MetadataException e) {
            throw new ModelFormatException(file, -1, e.key(), e.expected(), e.found());
        }
    }

    /** One entry of {@code added_tokens}. */
    private static AddedToken addedToken(StrictJson token) {
        token.only("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
        return addedToken(token.integer("id", 0, MOST_IDS - 1), token);
    }

    /** An added token with its flags, but for the id. */
    static AddedToken addedToken(int id, StrictJson token) {
        return new AddedToken(id, token.text("content"), token.bool("single_word"), token.bool("lstrip"),
                token.bool("rstrip"), token.bool("normalized"), token.bool("special"));
    }

    private static StrictJson model(StrictJson json) {
        StrictJson model = json.object("model");
        if (model.has("type")) {
            model = component(json, "model", "WordPiece", "BPE", "Unigram");
        } else if (!model.has("merges") && !isUnigram(model)
                && (!model.has("max_input_chars_per_word") || !model.has("continuing_subword_prefix"))) {
            // Files of 2021 leave out the type; these keys together mean WordPiece and nothing else.
            throw unsupported(json, "model", "of no type", "WordPiece, BPE and Unigram");
        }
        if (isUnigram(model)) {
            model.only("type", "unk_id", "vocab", "byte_fallback");
        } else if (model.has("merges")) {
            model.only("type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
                    "byte_fallback", "ignore_merges", "vocab", "merges");
        } else {
            model.only("type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab");
        }
        return model;
    }

    /** Whether it is a unigram model; one that leaves out the type has a list for a vocabulary. */
    private static boolean isUnigram(StrictJson model) {
        return model.has("type") ? model.text("type").equals("Unigram") : model.isList("vocab");
    }

    private static PieceModel wordPiece(StrictJson json, StrictJson model, PieceDecoder decoder) {
        String continuation = model.text("continuing_subword_prefix");
        if (json.has("decoder")
                && !(decoder instanceof WordPieceDecoder words && words.continuation().equals(continuation))) {
            throw unsupported(json, "decoder", "one with a prefix that the model does not have",
                    "WordPiece with '" + StrictJson.shortened(continuation) + "'");
        }
        return new WordPieceModel(model.text("unk_token"), continuation,
                model.integer("max_input_chars_per_word", 0, Integer.MAX_VALUE));
    }

    private static PieceModel merges(StrictJson model, String[] vocabulary) {
        if (model.has("dropout")) {
            throw new UnsupportedModelException(model.file()
                    + ": the tokenizer drops merges at random (model.dropout), which is not supported");
        }
        for (String key : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
            if (model.has(key) && !model.text(key).isEmpty()) {
                throw new UnsupportedModelException(model.file() + ": the tokenizer's pieces are marked by their place"
                        + " in the word (model." + key + "), which is not supported");
            }
        }
        // Where the file asks for bytes and has none, the reference takes the unknown token.
        boolean bytes = model.bool("byte_fallback", false) && Arrays.asList(vocabulary).contains("<0x00>");
        String[][] pairs = model.pairs("merges");
        return MergesModel.of(vocabulary, Arrays.stream(pairs).map(pair -> pair[0]).toArray(String[]::new),
                Arrays.stream(pairs).map(pair -> pair[1]).toArray(String[]::new), model.bool("ignore_merges", false),
                new Fallback(bytes, model.has("unk_token") ? model.text("unk_token") : "",
                        model.bool("fuse_unk", false)));
    }

    /** A unigram model; the reference sums doubles, and finds every piece in the text, special ones too. */
    private static PieceModel unigram(StrictJson json, StrictJson model, String[] vocabulary, double[] scores) {
        if (!model.has("unk_id")) {
            throw unsupported(json, "model", "Unigram without a token for what is unknown (unk_id)",
                    "those that have one");
        }
        String unknown = vocabulary[model.integer("unk_id", 0, vocabulary.length - 1)];
        boolean bytes = model.bool("byte_fallback", false) && Arrays.asList(vocabulary).contains("<0x00>");
        double least = Arrays.stream(scores).min().orElse(0);
        return new UnigramModel(scores, new String[0], least - UNKNOWN_PENALTY, false,
                new Fallback(bytes, unknown, true));
    }

    private static String[] vocabulary(StrictJson vocab) {
        List<String> pieces = vocab.keys();
        int[] ids = pieces.stream().mapToInt(piece -> vocab.integer(piece, 0, MOST_IDS - 1)).toArray();
        String[] vocabulary = new String[Arrays.stream(ids).max().orElse(-1) + 1];
        Arrays.fill(vocabulary, "");
        for (int i = 0; i < ids.length; i++) {
            if (!vocabulary[ids[i]].isEmpty()) {
                throw vocab.bad(StrictJson.shortened(pieces.get(i)), "an id that no other piece has",
                        ids[i] + ", which is '" + StrictJson.shortened(vocabulary[ids[i]]) + "'");
            }
            vocabulary[ids[i]] = pieces.get(i);
        }
        return vocabulary;
    }

    /** A component that must be of one of some types. */
    private static StrictJson component(StrictJson json, String name, String... types) {
        String supported = String.join(" and ", types);
        if (!json.has(name)) {
            throw unsupported(json, name, "missing", supported);
        }
        StrictJson component = json.object(name);
        if (!component.has("type")) {
            throw unsupported(json, name, "of no type", supported);
        }
        String type = component.text("type");
        if (!Arrays.asList(types).contains(type)) {
            throw unsupported(json, name, "'" + StrictJson.shortened(type) + "'", supported);
        }
        return component;
    }

    private static UnsupportedModelException unsupported(StrictJson json, String name, String found,
            String supported) {
        return new UnsupportedModelException(json.file() + ": the tokenizer's " + name + " is " + found
                + "; supported so far: " + supported);
    }
}
