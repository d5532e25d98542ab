package dev.lanewise.writer;

import static dev.lanewise.tokenizer.TokenizerSpec.PREFIX;

import dev.lanewise.tokenizer.AddedToken;
import dev.lanewise.tokenizer.BertNormalizer;
import dev.lanewise.tokenizer.ByteLevelDecoder;
import dev.lanewise.tokenizer.Charsmap;
import dev.lanewise.tokenizer.ControlTokens;
import dev.lanewise.tokenizer.Normalizer;
import dev.lanewise.tokenizer.Normalizer.Lowercase;
import dev.lanewise.tokenizer.Normalizer.Prepend;
import dev.lanewise.tokenizer.Normalizer.Replace;
import dev.lanewise.tokenizer.Normalizer.Spaces;
import dev.lanewise.tokenizer.Normalizer.Strip;
import dev.lanewise.tokenizer.PieceDecoder;
import dev.lanewise.tokenizer.PieceModel;
import dev.lanewise.tokenizer.PieceModel.Fallback;
import dev.lanewise.tokenizer.PieceModel.MergesModel;
import dev.lanewise.tokenizer.PieceModel.ScoresModel;
import dev.lanewise.tokenizer.PieceModel.UnigramModel;
import dev.lanewise.tokenizer.PieceModel.WordPieceModel;
import dev.lanewise.tokenizer.PreTokenizer;
import dev.lanewise.tokenizer.PreTokenizer.BertSplit;
import dev.lanewise.tokenizer.PreTokenizer.ByteLevel;
import dev.lanewise.tokenizer.PreTokenizer.Metaspace;
import dev.lanewise.tokenizer.PreTokenizer.PatternSplit;
import dev.lanewise.tokenizer.PreTokenizer.PrefixSpace;
import dev.lanewise.tokenizer.SentenceDecoder;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.tokenizer.TokenizerSpec.Offsets;
import dev.lanewise.tokenizer.UnicodeForm;
import dev.lanewise.tokenizer.WordPieceDecoder;
import dev.lanewise.weights.Metadata;
import java.util.List;
import java.util.Locale;

/** Writes a tokenizer as metadata. BERT's steps, which were there first, have keys of their own. */
public final class TokenizerWriter {
    private static final int SINGLE_WORD = 1;
    private static final int STRIP_LEFT = 2;
    private static final int STRIP_RIGHT = 4;
    private static final int NORMALIZED = 8;
    private static final int SPECIAL = 16;

    private final Metadata.Builder out;

    private TokenizerWriter(Metadata.Builder out) {
        this.out = out;
    }

    /** Adds what {@link Tokenizer#read} reads, all keys beginning with {@value TokenizerSpec#PREFIX}. */
    public static void write(Tokenizer tokenizer, Metadata.Builder out) {
        new TokenizerWriter(out).write(tokenizer.spec());
    }

    private void write(TokenizerSpec spec) {
        out.put(PREFIX + "vocabulary", spec.vocabulary());
        model(spec.model());
        if (isBert(spec) && spec.normalizers().getFirst() instanceof BertNormalizer bert
                && spec.decoder() instanceof WordPieceDecoder decoder) {
            out.put(PREFIX + "normalizer.clean_text", bert.cleanText())
                    .put(PREFIX + "normalizer.space_chinese", bert.spaceChinese())
                    .put(PREFIX + "normalizer.strip_accents", bert.stripAccents())
                    .put(PREFIX + "normalizer.lowercase", bert.lowercase())
                    .put(PREFIX + "decoder.clean_up", decoder.cleanUp());
        } else {
            steps("normalizer", spec.normalizers().stream().map(TokenizerWriter::step).toList());
            steps("pre_tokenizer", spec.preTokenizers().stream().map(TokenizerWriter::step).toList());
            decoder(spec.decoder());
        }
        added(spec.added());
        template(spec.single(), PREFIX + "template.single");
        template(spec.pair(), PREFIX + "template.pair");
        if (spec.offsets() != Offsets.WHOLE) {
            out.put(PREFIX + "offsets", spec.offsets());
        }
        control(spec.control());
    }

    private void model(PieceModel model) {
        String kind = PREFIX + "kind";
        switch (model) {
            case WordPieceModel words -> out.put(kind, "wordpiece").put(PREFIX + "unknown", words.unknown())
                    .put(PREFIX + "continuation", words.continuation()).put(PREFIX + "max_word", words.maxWord());
            case MergesModel merges -> {
                out.put(kind, "merges").put(PREFIX + "merges", merges.merges()).put(PREFIX + "whole_words",
                        merges.wholeWords());
                fallback(merges.fallback());
            }
            case ScoresModel scores -> {
                out.put(kind, "scores").put(PREFIX + "scores", scores.scores());
                others(scores.others());
                fallback(scores.fallback());
            }
            case UnigramModel unigram -> {
                out.put(kind, "unigram");
                scores(unigram.scores());
                others(unigram.others());
                out.put(PREFIX + "unknown_score", unigram.unknownScore()).put(PREFIX + "floats", unigram.floats());
                fallback(unigram.fallback());
            }
        }
    }

    /** Whether the steps are BERT's, and have keys of their own. */
    private static boolean isBert(TokenizerSpec spec) {
        return spec.normalizers().size() == 1 && spec.normalizers().getFirst() instanceof BertNormalizer
                && spec.preTokenizers().equals(List.of(new BertSplit()))
                && spec.model() instanceof WordPieceModel model && spec.decoder() instanceof WordPieceDecoder decoder
                && decoder.continuation().equals(model.continuation());
    }

    private void others(String[] others) {
        if (others.length > 0) {
            out.put(PREFIX + "others", others);
        }
    }

    /** Scores are floats, or, where one is none, the bits of doubles, the lower half first. */
    private void scores(double[] scores) {
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

    private void fallback(Fallback fallback) {
        out.put(PREFIX + "fallback.bytes", fallback.bytes()).put(PREFIX + "fallback.unknown", fallback.unknown())
                .put(PREFIX + "fallback.fused", fallback.fused());
    }

    private void control(ControlTokens control) {
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

    private void decoder(PieceDecoder decoder) {
        String kind = PREFIX + "decoder.kind";
        switch (decoder) {
            case WordPieceDecoder words -> out.put(kind, "wordpiece")
                    .put(PREFIX + "decoder.continuation", words.continuation())
                    .put(PREFIX + "decoder.clean_up", words.cleanUp());
            case ByteLevelDecoder _ -> out.put(kind, "byte_level");
            case SentenceDecoder sentence -> out.put(kind, "sentence")
                    .put(PREFIX + "decoder.space", "" + sentence.space())
                    .put(PREFIX + "decoder.bytes", sentence.bytes()).put(PREFIX + "decoder.strip", sentence.strip());
        }
    }

    private void added(List<AddedToken> added) {
        int[] ids = new int[added.size()];
        String[] contents = new String[added.size()];
        int[] flags = new int[added.size()];
        for (int i = 0; i < ids.length; i++) {
            AddedToken token = added.get(i);
            ids[i] = token.id();
            contents[i] = token.content();
            flags[i] = (token.singleWord() ? SINGLE_WORD : 0) | (token.stripLeft() ? STRIP_LEFT : 0)
                    | (token.stripRight() ? STRIP_RIGHT : 0) | (token.normalized() ? NORMALIZED : 0)
                    | (token.special() ? SPECIAL : 0);
        }
        out.put(PREFIX + "added.ids", ids).put(PREFIX + "added.contents", contents).put(PREFIX + "added.flags", flags);
    }

    private void template(Template template, String key) {
        out.put(key + ".ids", template.ids()).put(key + ".type_ids", template.typeIds());
    }

    /** Steps are a word and two texts each; what they mean depends on the word. */
    private void steps(String name, List<String[]> steps) {
        String[] parts = {".kinds", ".first", ".second"};
        for (int i = 0; i < parts.length; i++) {
            int part = i;
            out.put(PREFIX + name + parts[i], steps.stream().map(step -> step[part]).toArray(String[]::new));
        }
    }

    private static String[] step(Normalizer normalizer) {
        return switch (normalizer) {
            case BertNormalizer bert -> step("bert", (bert.cleanText() ? "clean_text " : "")
                    + (bert.spaceChinese() ? "space_chinese " : "") + (bert.stripAccents() ? "strip_accents " : "")
                    + (bert.lowercase() ? "lowercase " : ""), "");
            case Charsmap map -> step(map.clusters() ? "charsmap_of_clusters" : "charsmap", map.patterns(),
                    map.contents());
            case Spaces spaces -> step("spaces", "" + spaces.space(), (spaces.merged() ? "merged " : "")
                    + (spaces.before() ? "before " : "") + (spaces.after() ? "after " : ""));
            case UnicodeForm form -> step(word(form.form()), "", "");
            case Prepend prepend -> step("prepend", prepend.prefix(), "");
            case Replace replace -> step("replace", replace.pattern(), replace.content());
            case Lowercase _ -> step("lowercase", "", "");
            case Strip strip -> step("strip", strip.left() ? "left" : "", strip.right() ? "right" : "");
        };
    }

    private static String[] step(PreTokenizer preTokenizer) {
        return switch (preTokenizer) {
            case BertSplit _ -> step("bert", "", "");
            case PatternSplit split -> step("split", split.pattern(),
                    word(split.behavior()) + (split.inverted() ? " inverted" : ""));
            case PrefixSpace _ -> step("prefix_space", "", "");
            case ByteLevel _ -> step("byte_level", "", "");
            case Metaspace metaspace -> step("metaspace", "" + metaspace.space(), word(metaspace.prefix()));
        };
    }

    private static String[] step(String kind, String first, String second) {
        return new String[]{kind, first, second};
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
