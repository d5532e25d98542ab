package dev.lanewise.tokenizer;

import static dev.lanewise.tokenizer.TokenizerSpec.PREFIX;
import static dev.lanewise.tokenizer.TokenizerSpec.bad;
import static dev.lanewise.tokenizer.TokenizerSpec.quoted;

import dev.lanewise.tokenizer.Normalizer.Lowercase;
import dev.lanewise.tokenizer.Normalizer.Prepend;
import dev.lanewise.tokenizer.Normalizer.Replace;
import dev.lanewise.tokenizer.Normalizer.Spaces;
import dev.lanewise.tokenizer.Normalizer.Strip;
import dev.lanewise.tokenizer.PieceModel.Fallback;
import dev.lanewise.tokenizer.PieceModel.MergesModel;
import dev.lanewise.tokenizer.PieceModel.ScoresModel;
import dev.lanewise.tokenizer.PieceModel.UnigramModel;
import dev.lanewise.tokenizer.PieceModel.WordPieceModel;
import dev.lanewise.tokenizer.PreTokenizer.Behavior;
import dev.lanewise.tokenizer.PreTokenizer.BertSplit;
import dev.lanewise.tokenizer.PreTokenizer.ByteLevel;
import dev.lanewise.tokenizer.PreTokenizer.Metaspace;
import dev.lanewise.tokenizer.PreTokenizer.PatternSplit;
import dev.lanewise.tokenizer.PreTokenizer.Prefix;
import dev.lanewise.tokenizer.PreTokenizer.PrefixSpace;
import dev.lanewise.tokenizer.TokenizerSpec.Offsets;
import dev.lanewise.weights.Metadata;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Tokenizers as metadata. A step is a word and two texts, what they mean depends on the word; BERT's steps, which were there
 * first, have keys of their own.
 */
final class TokenizerCodec {
    private static final int SINGLE_WORD = 1;
    private static final int STRIP_LEFT = 2;
    private static final int STRIP_RIGHT = 4;
    private static final int NORMALIZED = 8;
    private static final int SPECIAL = 16;

    private static final String CLEAN_TEXT = "normalizer.clean_text";
    private static final String SPACE_CHINESE = "normalizer.space_chinese";
    private static final String STRIP_ACCENTS = "normalizer.strip_accents";
    private static final String LOWERCASE = "normalizer.lowercase";
    private static final String INVERTED = " inverted";
    private static final String CHARSMAP = "charsmap";
    private static final String CLUSTERS = "charsmap_of_clusters";

    /** How a model makes tokens. */
    private enum Kind {
        WORDPIECE, MERGES, SCORES, UNIGRAM
    }

    /** How tokens become text. */
    private enum DecoderKind {
        WORDPIECE, BYTE_LEVEL, SENTENCE
    }

    /** A step: a word, and two texts that depend on it. */
    private record Step(String kind, String first, String second) {
        Step(String kind) {
            this(kind, "", "");
        }
    }

    private TokenizerCodec() {}

    static TokenizerSpec read(Metadata.Reader in) {
        Kind kind = in.word("kind", Kind.class);
        String[] vocabulary = in.strings("vocabulary");
        PieceModel model = switch (kind) {
            case WORDPIECE -> new WordPieceModel(in.string("unknown"), in.string("continuation"),
                    in.integer("max_word", 1, WordPieceModel.LONGEST_WORD));
            case MERGES -> new MergesModel(in.integers("merges"), in.bool("whole_words"), readFallback(in));
            case SCORES -> new ScoresModel(in.numbers("scores"), readOthers(in), readFallback(in));
            case UNIGRAM -> new UnigramModel(readScores(in), readOthers(in), in.number("unknown_score"),
                    in.bool("floats"), readFallback(in));
        };
        boolean bert = kind == Kind.WORDPIECE && !in.has("normalizer.kinds");
        List<Normalizer> normalizers = bert
                ? List.of(new BertNormalizer(in.bool(CLEAN_TEXT), in.bool(SPACE_CHINESE), in.bool(STRIP_ACCENTS),
                        in.bool(LOWERCASE)))
                : readSteps(in, "normalizer").stream().map(TokenizerCodec::normalizer).toList();
        List<PreTokenizer> preTokenizers = bert
                ? List.of(new BertSplit())
                : readSteps(in, "pre_tokenizer").stream().map(TokenizerCodec::preTokenizer).toList();
        PieceDecoder decoder = bert && model instanceof WordPieceModel wordPiece
                ? new WordPieceDecoder(wordPiece.continuation(), in.bool("decoder.clean_up"))
                : readDecoder(in);
        TokenizerSpec spec = new TokenizerSpec(vocabulary, readAdded(in), normalizers, preTokenizers, model, decoder,
                Template.read(in, "template.single"), Template.read(in, "template.pair"),
                in.has("offsets") ? in.word("offsets", Offsets.class) : Offsets.WHOLE, readControl(in));
        in.finish();
        return spec;
    }

    static void write(TokenizerSpec spec, Metadata.Builder out) {
        out.put(PREFIX + "vocabulary", spec.vocabulary());
        switch (spec.model()) {
            case WordPieceModel model -> out.put(PREFIX + "kind", Kind.WORDPIECE).put(PREFIX + "unknown",
                    model.unknown()).put(PREFIX + "continuation", model.continuation())
                    .put(PREFIX + "max_word", model.maxWord());
            case MergesModel model -> {
                out.put(PREFIX + "kind", Kind.MERGES).put(PREFIX + "merges", model.merges())
                        .put(PREFIX + "whole_words", model.wholeWords());
                writeFallback(model.fallback(), out);
            }
            case ScoresModel model -> {
                out.put(PREFIX + "kind", Kind.SCORES).put(PREFIX + "scores", model.scores());
                writeOthers(model.others(), out);
                writeFallback(model.fallback(), out);
            }
            case UnigramModel model -> {
                out.put(PREFIX + "kind", Kind.UNIGRAM).put(PREFIX + "unknown_score", model.unknownScore())
                        .put(PREFIX + "floats", model.floats());
                writeOthers(model.others(), out);
                writeScores(model.scores(), out);
                writeFallback(model.fallback(), out);
            }
        }
        if (isBert(spec) && spec.normalizers().getFirst() instanceof BertNormalizer bert
                && spec.decoder() instanceof WordPieceDecoder decoder) {
            out.put(PREFIX + CLEAN_TEXT, bert.cleanText()).put(PREFIX + SPACE_CHINESE, bert.spaceChinese())
                    .put(PREFIX + STRIP_ACCENTS, bert.stripAccents()).put(PREFIX + LOWERCASE, bert.lowercase())
                    .put(PREFIX + "decoder.clean_up", decoder.cleanUp());
        } else {
            writeSteps("normalizer", spec.normalizers().stream().map(TokenizerCodec::step).toList(), out);
            writeSteps("pre_tokenizer", spec.preTokenizers().stream().map(TokenizerCodec::step).toList(), out);
            writeDecoder(spec.decoder(), out);
        }
        List<AddedToken> added = spec.added();
        out.put(PREFIX + "added.ids", added.stream().mapToInt(AddedToken::id).toArray())
                .put(PREFIX + "added.contents", added.stream().map(AddedToken::content).toArray(String[]::new))
                .put(PREFIX + "added.flags", added.stream().mapToInt(TokenizerCodec::flags).toArray());
        spec.single().write(out, PREFIX + "template.single");
        spec.pair().write(out, PREFIX + "template.pair");
        if (spec.offsets() != Offsets.WHOLE) {
            out.put(PREFIX + "offsets", spec.offsets());
        }
        writeControl(spec.control(), out);
    }

    /** Whether the steps are BERT's, and have keys of their own. */
    private static boolean isBert(TokenizerSpec spec) {
        return spec.normalizers().size() == 1 && spec.normalizers().getFirst() instanceof BertNormalizer
                && spec.preTokenizers().equals(List.of(new BertSplit()))
                && spec.model() instanceof WordPieceModel model && spec.decoder() instanceof WordPieceDecoder decoder
                && decoder.continuation().equals(model.continuation());
    }

    private static String[] readOthers(Metadata.Reader in) {
        return in.has("others") ? in.strings("others") : new String[0];
    }

    private static void writeOthers(String[] others, Metadata.Builder out) {
        if (others.length > 0) {
            out.put(PREFIX + "others", others);
        }
    }

    /** Scores are floats, or, where one is none, the bits of doubles, the lower half first. */
    private static double[] readScores(Metadata.Reader in) {
        boolean single = in.has("scores");
        float[] singles = single ? in.numbers("scores") : new float[0];
        int[] bits = single ? new int[0] : in.integers("scores.bits");
        double[] scores = new double[single ? singles.length : bits.length / 2];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = single
                    ? singles[i]
                    : Double.longBitsToDouble((long) bits[2 * i + 1] << 32 | bits[2 * i] & 0xFFFFFFFFL);
        }
        return scores;
    }

    private static void writeScores(double[] scores, Metadata.Builder out) {
        float[] singles = new float[scores.length];
        int[] bits = new int[2 * scores.length];
        boolean single = true;
        for (int i = 0; i < scores.length; i++) {
            singles[i] = (float) scores[i];
            single &= singles[i] == scores[i];
            long both = Double.doubleToRawLongBits(scores[i]);
            bits[2 * i] = (int) both;
            bits[2 * i + 1] = (int) (both >> 32);
        }
        if (single) {
            out.put(PREFIX + "scores", singles);
        } else {
            out.put(PREFIX + "scores.bits", bits);
        }
    }

    private static Fallback readFallback(Metadata.Reader in) {
        return new Fallback(in.bool("fallback.bytes"), in.string("fallback.unknown"), in.bool("fallback.fused"));
    }

    private static void writeFallback(Fallback fallback, Metadata.Builder out) {
        out.put(PREFIX + "fallback.bytes", fallback.bytes()).put(PREFIX + "fallback.unknown", fallback.unknown())
                .put(PREFIX + "fallback.fused", fallback.fused());
    }

    private static ControlTokens readControl(Metadata.Reader in) {
        return new ControlTokens(
                in.has("control.begin") ? in.integer("control.begin", 0, Vocabulary.MOST) : -1,
                in.has("control.end") ? in.integer("control.end", 0, Vocabulary.MOST) : -1,
                in.has("control.stops") ? in.integers("control.stops") : new int[0]);
    }

    private static void writeControl(ControlTokens control, Metadata.Builder out) {
        if (control.begin() >= 0) {
            out.put(PREFIX + "control.begin", control.begin());
        }
        if (control.end() >= 0) {
            out.put(PREFIX + "control.end", control.end());
        }
        if (control.stops().length > 0) {
            out.put(PREFIX + "control.stops", control.stops());
        }
    }

    private static PieceDecoder readDecoder(Metadata.Reader in) {
        return switch (in.word("decoder.kind", DecoderKind.class)) {
            case WORDPIECE -> new WordPieceDecoder(in.string("decoder.continuation"), in.bool("decoder.clean_up"));
            case BYTE_LEVEL -> new ByteLevelDecoder();
            case SENTENCE -> new SentenceDecoder(character("decoder.space", in.string("decoder.space")),
                    in.bool("decoder.bytes"), in.word("decoder.strip", SentenceDecoder.Strip.class));
        };
    }

    private static void writeDecoder(PieceDecoder decoder, Metadata.Builder out) {
        String kind = PREFIX + "decoder.kind";
        switch (decoder) {
            case WordPieceDecoder words -> out.put(kind, DecoderKind.WORDPIECE)
                    .put(PREFIX + "decoder.continuation", words.continuation())
                    .put(PREFIX + "decoder.clean_up", words.cleanUp());
            case ByteLevelDecoder _ -> out.put(kind, DecoderKind.BYTE_LEVEL);
            case SentenceDecoder sentence -> out.put(kind, DecoderKind.SENTENCE)
                    .put(PREFIX + "decoder.space", "" + sentence.space())
                    .put(PREFIX + "decoder.bytes", sentence.bytes()).put(PREFIX + "decoder.strip", sentence.strip());
        }
    }

    private static Step step(Normalizer normalizer) {
        return switch (normalizer) {
            case BertNormalizer bert -> new Step("bert", (bert.cleanText() ? "clean_text " : "")
                    + (bert.spaceChinese() ? "space_chinese " : "") + (bert.stripAccents() ? "strip_accents " : "")
                    + (bert.lowercase() ? "lowercase " : ""), "");
            case Charsmap map -> new Step(map.clusters() ? CLUSTERS : CHARSMAP, map.patterns(), map.contents());
            case Spaces spaces -> new Step("spaces", "" + spaces.space(), (spaces.merged() ? "merged " : "")
                    + (spaces.before() ? "before " : "") + (spaces.after() ? "after " : ""));
            case UnicodeForm form -> new Step(form.form().name().toLowerCase(Locale.ROOT));
            case Prepend prepend -> new Step("prepend", prepend.prefix(), "");
            case Replace replace -> new Step("replace", replace.pattern(), replace.content());
            case Lowercase _ -> new Step("lowercase");
            case Strip strip -> new Step("strip", strip.left() ? "left" : "", strip.right() ? "right" : "");
        };
    }

    private static Normalizer normalizer(Step step) {
        return switch (step.kind) {
            case "bert" -> {
                List<String> flags = List.of(step.first.split(" "));
                yield new BertNormalizer(flags.contains("clean_text"), flags.contains("space_chinese"),
                        flags.contains("strip_accents"), flags.contains("lowercase"));
            }
            case CHARSMAP, CLUSTERS -> new Charsmap(step.first, step.second, step.kind.equals(CLUSTERS));
            case "spaces" -> {
                List<String> flags = List.of(step.second.split(" "));
                yield new Spaces(flags.contains("merged"), flags.contains("before"), flags.contains("after"),
                        character("normalizer.first", step.first));
            }
            case "nfc" -> new UnicodeForm(Form.NFC);
            case "nfd" -> new UnicodeForm(Form.NFD);
            case "nfkc" -> new UnicodeForm(Form.NFKC);
            case "nfkd" -> new UnicodeForm(Form.NFKD);
            case "prepend" -> new Prepend(step.first);
            case "replace" -> new Replace(step.first, step.second);
            case "lowercase" -> new Lowercase();
            case "strip" -> new Strip(step.first.equals("left"), step.second.equals("right"));
            default -> throw bad("normalizer.kinds", "steps that this release knows (a newer one may)",
                    quoted(step.kind));
        };
    }

    private static Step step(PreTokenizer preTokenizer) {
        return switch (preTokenizer) {
            case BertSplit _ -> new Step("bert");
            case PatternSplit split -> new Step("split", split.pattern(),
                    split.behavior().name().toLowerCase(Locale.ROOT) + (split.inverted() ? INVERTED : ""));
            case PrefixSpace _ -> new Step("prefix_space");
            case ByteLevel _ -> new Step("byte_level");
            case Metaspace metaspace -> new Step("metaspace", "" + metaspace.space(),
                    metaspace.prefix().name().toLowerCase(Locale.ROOT));
        };
    }

    private static PreTokenizer preTokenizer(Step step) {
        return switch (step.kind) {
            case "bert" -> new BertSplit();
            case "split" -> {
                boolean inverted = step.second.endsWith(INVERTED);
                String behavior = inverted
                        ? step.second.substring(0, step.second.length() - INVERTED.length())
                        : step.second;
                yield new PatternSplit(step.first, word(behavior, Behavior.values()), inverted);
            }
            case "prefix_space" -> new PrefixSpace();
            case "byte_level" -> new ByteLevel();
            case "metaspace" -> new Metaspace(character("pre_tokenizer.first", step.first),
                    word(step.second, Prefix.values()));
            default -> throw bad("pre_tokenizer.kinds", "steps that this release knows (a newer one may)",
                    quoted(step.kind));
        };
    }

    private static <E extends Enum<E>> E word(String word, E[] known) {
        for (E constant : known) {
            if (constant.name().toLowerCase(Locale.ROOT).equals(word)) {
                return constant;
            }
        }
        throw bad("pre_tokenizer.second", "words that this release knows (a newer one may)", quoted(word));
    }

    private static char character(String key, String text) {
        if (text.length() != 1 || Character.isSurrogate(text.charAt(0))) {
            throw bad(key, "one character", quoted(text));
        }
        return text.charAt(0);
    }

    private static List<Step> readSteps(Metadata.Reader in, String name) {
        String[] kinds = in.strings(name + ".kinds");
        String[] firsts = in.strings(name + ".first");
        String[] seconds = in.strings(name + ".second");
        if (firsts.length != kinds.length || seconds.length != kinds.length
                || kinds.length > TokenizerSpec.MOST_STEPS) {
            throw bad(name + ".kinds", "as many as first and second, and at most " + TokenizerSpec.MOST_STEPS,
                    kinds.length + ", " + firsts.length + ", " + seconds.length);
        }
        List<Step> steps = new ArrayList<>(kinds.length);
        for (int i = 0; i < kinds.length; i++) {
            steps.add(new Step(kinds[i], firsts[i], seconds[i]));
        }
        return steps;
    }

    private static void writeSteps(String name, List<Step> steps, Metadata.Builder out) {
        out.put(PREFIX + name + ".kinds", steps.stream().map(Step::kind).toArray(String[]::new))
                .put(PREFIX + name + ".first", steps.stream().map(Step::first).toArray(String[]::new))
                .put(PREFIX + name + ".second", steps.stream().map(Step::second).toArray(String[]::new));
    }

    private static List<AddedToken> readAdded(Metadata.Reader in) {
        int[] ids = in.integers("added.ids");
        String[] contents = in.strings("added.contents");
        int[] flags = in.integers("added.flags");
        if (contents.length != ids.length || flags.length != ids.length) {
            throw bad("added.ids", "as many as contents and flags",
                    ids.length + ", " + contents.length + ", " + flags.length);
        }
        List<AddedToken> added = new ArrayList<>(ids.length);
        for (int i = 0; i < ids.length; i++) {
            int f = flags[i];
            if (f < 0 || f >= SPECIAL << 1) {
                throw bad("added.flags", "0 to " + ((SPECIAL << 1) - 1), f + "");
            }
            added.add(new AddedToken(ids[i], contents[i], (f & SINGLE_WORD) != 0, (f & STRIP_LEFT) != 0,
                    (f & STRIP_RIGHT) != 0, (f & NORMALIZED) != 0, (f & SPECIAL) != 0));
        }
        return added;
    }

    private static int flags(AddedToken token) {
        return (token.singleWord() ? SINGLE_WORD : 0) | (token.stripLeft() ? STRIP_LEFT : 0)
                | (token.stripRight() ? STRIP_RIGHT : 0) | (token.normalized() ? NORMALIZED : 0)
                | (token.special() ? SPECIAL : 0);
    }
}
