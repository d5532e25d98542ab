package dev.lanewise;

import dev.lanewise.error.ModelClosedException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.GenerationSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Makes texts of texts, as translation, with a model that has an encoder and a decoder. Immutable and thread-safe: any number
 * of threads may call it; steps of as many as there are processors are computed at once.
 *
 * <p>The sources of a call are decoded together, whatever their lengths. A translation has the same bits whatever else is in the
 * call and whatever the number of threads. A call allocates what its texts need, and then nothing for each token but text.
 *
 * <p>A text gets the tokens that the model wants around it; special tokens that are spelled out in it have no special meaning.
 * Ids are taken as they are. A text without a token of its own, an empty one or blanks, is an empty text in any language, and the
 * model is not asked.
 *
 * <p>Every method that computes throws {@link ModelClosedException} after the model was closed, {@link TextTooLongException} for a
 * source of more than {@link #maxSourceTokens} tokens, {@link UnsupportedModelException} for text if the model has no tokenizer,
 * and {@link IllegalArgumentException} for ids that the model does not have, sources without ids, and options that do not suit the
 * model.
 *
 * {@snippet :
 * Translator translator = model.translator();
 * String text = translator.translate("Guten Morgen");
 * }
 */
public final class Translator {
    /** How published models spell the tokens of languages: mBART, M2M-100, NLLB; Marian has them in sources alone. */
    private static final Pattern LANGUAGE = Pattern
            .compile("[a-z]{2,3}_[A-Z]{2}|__[a-z]{2,3}__|[a-z]{3}_[A-Z][a-z]{3}|>>[A-Za-z_]{2,20}<<");
    private static final int MOST_NAMES = 300;

    private final Model model;

    Translator(Model model) {
        model.encoderDecoder(); // or the failure that says what it is
        TransformerSpec spec = model.spec();
        if (spec.source().stem() != null) {
            throw new UnsupportedModelException(model.file() + ": the model reads features, not text");
        }
        if (model.contents().generation() == null) {
            throw new UnsupportedModelException(
                    model.file() + ": the file does not say with which token a text begins, as its source did not");
        }
        this.model = model;
    }

    /** How many tokens a source may have, those around the text included. */
    public int maxSourceTokens() {
        return model.spec().source().maxTokens();
    }

    /** The best translation of a text, with {@link TranslationOptions#defaults}. */
    public String translate(String text) {
        return translate(text, TranslationOptions.defaults()).text();
    }

    /** Translates a text. */
    public Translation translate(String text, TranslationOptions options) {
        return translateAll(List.of(text), options).getFirst();
    }

    /** Translates ids. */
    public Translation translate(int[] ids, TranslationOptions options) {
        return translateIds(List.of(ids), options).getFirst();
    }

    /**
     * Translates a text with a single beam.
     *
     * @param listener is told what is chosen as it is
     * @throws IllegalArgumentException if there are several beams: none is the translation before the end
     */
    public Translation translate(String text, TranslationOptions options, GenerationListener listener) {
        return run(List.of(encode(text, options)), options, listener).getFirst();
    }

    /**
     * Translates ids with a single beam.
     *
     * @param listener is told what is chosen as it is
     * @throws IllegalArgumentException if there are several beams: none is the translation before the end
     */
    public Translation translate(int[] ids, TranslationOptions options, GenerationListener listener) {
        check(ids, options);
        return run(List.of(ids), options, listener).getFirst();
    }

    /** Translates texts together. */
    public List<Translation> translateAll(List<String> texts, TranslationOptions options) {
        List<int[]> sources = new ArrayList<>(texts.size());
        for (String text : texts) {
            sources.add(encode(text, options));
        }
        return run(sources, options, null);
    }

    /** Translates ids together. */
    public List<Translation> translateIds(List<int[]> sources, TranslationOptions options) {
        for (int[] ids : sources) {
            check(ids, options);
        }
        return run(sources, options, null);
    }

    /**
     * The ids of a text as a source: with the tokens that the model wants around it, and those of the languages that are asked
     * for; none if the text has no token of its own.
     *
     * @throws TextTooLongException if there are too many, and the options do not allow to cut it
     */
    public int[] encode(String text, TranslationOptions options) {
        Tokenizer tokenizer = model.tokenizer();
        int language = language(tokenizer, options.sourceLanguage());
        int named = named(options.targetLanguage());
        if (text.isBlank() || tokenizer.encode(text, new EncodeOptions(false, false)).size() == 0) {
            return new int[0];
        }
        Tokens tokens = tokenizer.encode(text, new EncodeOptions(true, false));
        int most = maxSourceTokens() - (language >= 0 ? 1 : 0) - (named >= 0 ? 1 : 0);
        if (options.truncate() && tokens.size() > most) {
            tokens.truncate(most);
        }
        int[] ids = tokens.copyOfIds();
        if (language >= 0) {
            ids = withLanguage(tokenizer, ids, language);
        }
        return checkLength(named >= 0 ? inFront(named, ids) : ids);
    }

    private List<Translation> run(List<int[]> sources, TranslationOptions options, GenerationListener listener) {
        TranslationPlan plan = plan(sources, options, listener);
        model.enter();
        try {
            return new TranslationRun(model, plan, sources, listener).run();
        } finally {
            model.leave();
        }
    }

    /**
     * Checks sources and options.
     *
     * @param listener or null
     */
    TranslationPlan plan(List<int[]> sources, TranslationOptions options, GenerationListener listener) {
        for (int[] source : sources) {
            checkLength(source);
            Model.checkIds(source, 0, source.length, model.spec().source().embedding().vocabulary());
        }
        GenerationSpec said = model.contents().generation();
        int start = said.start();
        int first = said.forcedFirst();
        if (options.targetLanguage() != null && named(options.targetLanguage()) < 0) {
            Tokenizer tokenizer = model.contents().targetTokenizer();
            int language = language(tokenizer, options.targetLanguage());
            boolean begins = isLanguage(tokenizer, start);
            start = begins ? language : start;
            first = begins ? first : language;
        }
        int[] prompt = inFront(start, first >= 0 && options.prefix().length > 0
                ? inFront(first, options.prefix())
                : options.prefix());
        model.checkIds(options.prefix(), 0, options.prefix().length);
        model.checkIds(options.banned(), 0, options.banned().length);
        StackSpec stack = model.spec().stack();
        for (TranslationOptions.Head head : options.alignment()) {
            if (Math.min(head.layer(), head.head()) < 0 || head.layer() >= stack.layers()
                    || head.head() >= stack.cross().heads()) {
                throw new IllegalArgumentException("there is no head " + head.head() + " in layer " + head.layer()
                        + "; there are " + stack.layers() + " layers of " + stack.cross().heads() + " heads");
            }
        }
        // The last token that is chosen is not computed, and needs no place.
        int room = model.maxTokens() - prompt.length + 1;
        if (room < 1) {
            throw new TextTooLongException(prompt.length, model.maxTokens());
        }
        GenerationSpec rules = options.rules(said, first, room);
        if (listener != null && rules.beams() > 1) {
            throw new IllegalArgumentException("beams must be 1 for a listener, not " + rules.beams());
        }
        return new TranslationPlan(model, options, rules, prompt);
    }

    private int[] checkLength(int[] source) {
        if (source.length > maxSourceTokens()) {
            throw new TextTooLongException(source.length, maxSourceTokens());
        }
        return source;
    }

    /** Checks ids that are a source as they are. */
    void check(int[] source, TranslationOptions options) {
        if (source.length == 0) {
            throw new IllegalArgumentException("there are no ids: there is nothing to translate");
        }
        if (options.sourceLanguage() != null || named(options.targetLanguage()) >= 0) {
            throw new IllegalArgumentException(
                    "a language that a source names is for text; put its token among the ids");
        }
    }

    /** The token of a language, or -1 if none is named. */
    private static int language(Tokenizer tokenizer, String code) {
        if (code == null) {
            return -1;
        }
        for (String name : List.of(code, "__" + code + "__")) {
            int id = tokenizer.id(name);
            if (id >= 0 && isLanguage(tokenizer, id)) {
                return id;
            }
        }
        List<String> known = new ArrayList<>();
        for (int id = 0; id < tokenizer.size() && known.size() < MOST_NAMES; id++) {
            if (isLanguage(tokenizer, id)) {
                known.add(tokenizer.piece(id));
            }
        }
        throw new IllegalArgumentException("the model has no token for a language '" + code + "'; "
                + (known.isEmpty() ? "it has none for languages" : "it has " + String.join(", ", known)));
    }

    private static boolean isLanguage(Tokenizer tokenizer, int id) {
        String piece = id < tokenizer.size() ? tokenizer.piece(id) : null;
        return piece != null && LANGUAGE.matcher(piece).matches();
    }

    /** The token by which a source says to which language it is to be translated, or -1 if no source does. */
    private int named(String code) {
        return code == null ? -1 : model.tokenizer().id(">>" + code + "<<");
    }

    /** Published models name the language of a source in its first or in its last token. */
    private static int[] withLanguage(Tokenizer tokenizer, int[] ids, int language) {
        int last = ids.length - 1;
        if (!isLanguage(tokenizer, ids[0]) && !isLanguage(tokenizer, ids[last])) {
            return inFront(language, ids);
        }
        ids[isLanguage(tokenizer, ids[0]) ? 0 : last] = language;
        return ids;
    }

    private static int[] inFront(int id, int[] ids) {
        return IntStream.concat(IntStream.of(id), IntStream.of(ids)).toArray();
    }
}
