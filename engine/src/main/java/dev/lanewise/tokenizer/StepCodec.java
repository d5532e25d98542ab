package dev.lanewise.tokenizer;

import static dev.lanewise.tokenizer.TokenizerSpec.PREFIX;
import static dev.lanewise.tokenizer.TokenizerSpec.bad;
import static dev.lanewise.weights.Metadata.quoted;

import dev.lanewise.tokenizer.Normalizer.Lowercase;
import dev.lanewise.tokenizer.Normalizer.Prepend;
import dev.lanewise.tokenizer.Normalizer.Replace;
import dev.lanewise.tokenizer.Normalizer.Spaces;
import dev.lanewise.tokenizer.Normalizer.Strip;
import dev.lanewise.tokenizer.PreTokenizer.Behavior;
import dev.lanewise.tokenizer.PreTokenizer.BertSplit;
import dev.lanewise.tokenizer.PreTokenizer.ByteLevel;
import dev.lanewise.tokenizer.PreTokenizer.Metaspace;
import dev.lanewise.tokenizer.PreTokenizer.PatternSplit;
import dev.lanewise.tokenizer.PreTokenizer.Prefix;
import dev.lanewise.tokenizer.PreTokenizer.PrefixSpace;
import dev.lanewise.weights.Metadata;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The steps of a tokenizer as metadata: a word and two texts each, what they mean depends on the word. */
final class StepCodec {
    private static final String CLUSTERS = "charsmap_of_clusters";
    private static final String CHARSMAP = "charsmap";
    private static final String INVERTED = " inverted";
    /** A step: a word, and two texts that depend on it. */
    private record Step(String kind, String first, String second) {
        Step(String kind) {
            this(kind, "", "");
        }
    }

    private StepCodec() {}

    static List<Normalizer> normalizers(Metadata.Reader in) {
        List<Normalizer> all = new ArrayList<>();
        for (Step step : readSteps(in, "normalizer")) {
            all.add(normalizer(step));
        }
        return all;
    }

    static List<PreTokenizer> preTokenizers(Metadata.Reader in) {
        List<PreTokenizer> all = new ArrayList<>();
        for (Step step : readSteps(in, "pre_tokenizer")) {
            all.add(preTokenizer(step));
        }
        return all;
    }

    static void write(TokenizerSpec spec, Metadata.Builder out) {
        List<Step> steps = new ArrayList<>();
        for (Normalizer normalizer : spec.normalizers()) {
            steps.add(step(normalizer));
        }
        writeSteps("normalizer", steps, out);
        steps.clear();
        for (PreTokenizer preTokenizer : spec.preTokenizers()) {
            steps.add(step(preTokenizer));
        }
        writeSteps("pre_tokenizer", steps, out);
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

    static char character(String key, String text) {
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
        String[][] texts = new String[3][steps.size()];
        for (int i = 0; i < steps.size(); i++) {
            texts[0][i] = steps.get(i).kind;
            texts[1][i] = steps.get(i).first;
            texts[2][i] = steps.get(i).second;
        }
        out.put(PREFIX + name + ".kinds", texts[0]).put(PREFIX + name + ".first", texts[1])
                .put(PREFIX + name + ".second", texts[2]);
    }
}
