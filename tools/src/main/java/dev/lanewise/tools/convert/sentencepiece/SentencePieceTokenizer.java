package dev.lanewise.tools.convert.sentencepiece;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tokenizer.AddedToken;
import dev.lanewise.tokenizer.ControlTokens;
import dev.lanewise.tokenizer.Normalizer;
import dev.lanewise.tokenizer.PieceModel;
import dev.lanewise.tokenizer.PieceModel.Fallback;
import dev.lanewise.tokenizer.PieceModel.ScoresModel;
import dev.lanewise.tokenizer.PieceModel.UnigramModel;
import dev.lanewise.tokenizer.PreTokenizer.Metaspace;
import dev.lanewise.tokenizer.SentenceDecoder;
import dev.lanewise.tokenizer.SentenceDecoder.Strip;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.tokenizer.TokenizerSpec.Offsets;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.sentencepiece.SentencePieceModel.Piece;
import dev.lanewise.tools.convert.sentencepiece.SentencePieceModel.Type;
import dev.lanewise.weights.Metadata.MetadataException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.function.IntUnaryOperator;

/**
 * A tokenizer made of a file of SentencePiece, with the ids that a model gives to its pieces. Not thread-safe.
 *
 * <p>A symbol that the user defined is a piece among others, with a score that nothing reaches, of a unigram model. Of a BPE
 * model it is found in the text first, and what follows it is a text of its own.
 */
public final class SentencePieceTokenizer {
    private static final int MOST_IDS = 1 << 21;
    private static final float UNKNOWN_PENALTY = 10;

    private final SentencePieceModel model;
    private final TreeMap<Integer, String> words = new TreeMap<>(); // by id
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<Integer, AddedToken> added = new TreeMap<>();
    private final boolean[] found; // [piece], whether it has an id
    private final int[] idOf; // [piece]
    private Template single = Template.PLAIN;
    private int[] between = {};

    private SentencePieceTokenizer(SentencePieceModel model) {
        this.model = model;
        found = new boolean[model.pieces().size()];
        idOf = new int[found.length];
    }

    /**
     * Pieces with ids that follow from theirs in the file.
     *
     * @param id of a piece by its id in the file; -1 if it has none
     */
    public static SentencePieceTokenizer of(SentencePieceModel model, IntUnaryOperator id) {
        SentencePieceTokenizer tokenizer = new SentencePieceTokenizer(model);
        for (int i = 0; i < model.pieces().size(); i++) {
            int own = id.applyAsInt(i);
            if (own >= 0) {
                tokenizer.put(own, model.pieces().get(i).text());
                tokenizer.found[i] = true;
                tokenizer.idOf[i] = own;
            }
        }
        return tokenizer;
    }

    /**
     * Pieces with the ids of a vocabulary; those that are not in it are unknown.
     *
     * @param vocabulary ids by the spelling of the pieces, and of other tokens
     */
    public static SentencePieceTokenizer of(SentencePieceModel model, Map<String, Integer> vocabulary) {
        SentencePieceTokenizer tokenizer = new SentencePieceTokenizer(model);
        vocabulary.forEach((text, id) -> tokenizer.put(id, text));
        for (int i = 0; i < model.pieces().size(); i++) {
            Integer id = vocabulary.get(model.pieces().get(i).text());
            tokenizer.found[i] = id != null;
            tokenizer.idOf[i] = id == null ? 0 : id;
        }
        return tokenizer;
    }

    /** The lowest id that is above all others so far. */
    public int size() {
        return words.isEmpty() ? 0 : words.lastKey() + 1;
    }

    /** The id of a token, or -1. */
    public int id(String token) {
        return ids.getOrDefault(token, -1);
    }

    /** Adds a token that is found in the text as it is, or makes one that is there such a token. */
    public SentencePieceTokenizer add(int id, String token, boolean special) {
        put(id, token);
        added.put(id, new AddedToken(id, token, false, false, false, false, special));
        return this;
    }

    /**
     * Says what is put around a text.
     *
     * @param before tokens before it
     * @param after tokens behind it
     */
    public SentencePieceTokenizer around(List<String> before, List<String> after) {
        int[] template = IntStream.concat(IntStream.concat(before.stream().mapToInt(this::known),
                IntStream.of(Template.A)), after.stream().mapToInt(this::known)).toArray();
        single = new Template(template, new int[template.length]);
        return this;
    }

    /** Says what is put between two texts; nothing, unless it is said. */
    public SentencePieceTokenizer between(List<String> tokens) {
        between = tokens.stream().mapToInt(this::known).toArray();
        return this;
    }

    private int known(String token) {
        int id = id(token);
        if (id < 0) {
            throw new ModelFormatException(model.file(), -1, "vocabulary", "the token " + Json.quoted(token), "none");
        }
        return id;
    }

    /**
     * The tokenizer.
     *
     * @param unknown the token of what is no piece
     * @throws ModelFormatException if pieces and ids contradict each other
     */
    public Tokenizer make(String unknown) {
        for (int i = 0; i < found.length; i++) {
            Type type = model.pieces().get(i).type();
            boolean steers = type == Type.CONTROL || type == Type.UNKNOWN;
            if (found[i] && (steers || type == Type.USER_DEFINED && !model.unigram())) {
                added.putIfAbsent(idOf[i],
                        new AddedToken(idOf[i], model.pieces().get(i).text(), false, false, false, false, steers));
            }
        }
        String[] vocabulary = new String[size()];
        Arrays.fill(vocabulary, "");
        words.forEach((id, text) -> vocabulary[id] = added.containsKey(id) ? "" : text);
        Fallback fallback = new Fallback(model.bytes(), unknown, true);
        List<Normalizer> normalizers = new ArrayList<>();
        model.charsmap().ifPresent(normalizers::add);
        char space = model.escaped() ? Metaspace.SPACE : ' ';
        normalizers.add(new Normalizer.Spaces(model.merged(), model.dummy() && !model.suffix(),
                model.dummy() && model.suffix(), space));
        try {
            return new Tokenizer(new TokenizerSpec(vocabulary, List.copyOf(added.values()), normalizers, List.of(),
                    pieces(vocabulary, fallback), new SentenceDecoder(space, model.bytes(),
                            model.merged() ? Strip.SPACES : model.dummy() ? Strip.SPACE : Strip.NOTHING),
                    single, pair(), Offsets.WHOLE, ControlTokens.NONE));
        } catch (MetadataException e) {
            throw new ModelFormatException(model.file(), -1, e.key(), e.expected(), e.found());
        }
    }

    private PieceModel pieces(String[] vocabulary, Fallback fallback) {
        float least = Float.MAX_VALUE;
        float most = Float.MIN_NORMAL; // where SentencePiece begins, so what all have that are below 0
        for (Piece piece : model.pieces()) {
            if (piece.type() == Type.NORMAL) {
                least = Math.min(least, piece.score());
                most = Math.max(most, piece.score());
            }
        }
        double[] scores = new double[vocabulary.length];
        Arrays.fill(scores, Double.NEGATIVE_INFINITY);
        List<String> others = new ArrayList<>();
        List<Double> otherScores = new ArrayList<>();
        for (int i = 0; i < found.length; i++) {
            Piece piece = model.pieces().get(i);
            double score = piece.score();
            if (piece.type() == Type.USER_DEFINED && model.unigram()) {
                score = piece.text().getBytes(StandardCharsets.UTF_8).length * most - 0.1;
            } else if (piece.type() == Type.UNUSED && !model.unigram()) {
                throw new UnsupportedModelException(model.file() + ": a BPE model with pieces that are not used, as "
                        + Json.quoted(piece.text()) + ", which is not supported");
            } else if (piece.type() != Type.NORMAL) {
                continue;
            }
            if (found[i]) {
                scores[idOf[i]] = score;
            } else {
                others.add(piece.text());
                otherScores.add(score);
            }
        }
        double[] all = Arrays.copyOf(scores, scores.length + others.size());
        for (int i = 0; i < others.size(); i++) {
            all[scores.length + i] = otherScores.get(i);
        }
        String[] unknowns = others.toArray(String[]::new);
        if (model.unigram()) {
            return new UnigramModel(all, unknowns, least - UNKNOWN_PENALTY, true, fallback);
        }
        float[] singles = new float[all.length];
        for (int i = 0; i < all.length; i++) {
            singles[i] = (float) all[i];
        }
        return new ScoresModel(singles, unknowns, fallback);
    }

    /** A pair of texts is one behind the other, with the same around them. */
    private Template pair() {
        int[] ids = IntStream.of(single.ids()).flatMap(id -> id != Template.A
                ? IntStream.of(id)
                : IntStream.concat(IntStream.concat(IntStream.of(id), IntStream.of(between)),
                        IntStream.of(Template.B)))
                .toArray();
        return new Template(ids, new int[ids.length]);
    }

    private void put(int id, String text) {
        if (id < 0 || id >= MOST_IDS) {
            throw new ModelFormatException(model.file(), -1, "ids", "0 to " + (MOST_IDS - 1), id + "");
        }
        String before = words.put(id, text);
        Integer other = ids.put(text, id);
        if (before != null && !before.equals(text) || other != null && other != id) {
            throw new ModelFormatException(model.file(), -1, "vocabulary", "every piece and every id once",
                    Json.quoted(text) + " as " + id);
        }
    }
}
