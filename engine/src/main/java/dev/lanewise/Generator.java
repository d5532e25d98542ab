package dev.lanewise;

import dev.lanewise.chat.ChatTemplate;
import dev.lanewise.error.ChatTemplateException;
import dev.lanewise.error.ModelClosedException;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.TextTooLongException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tokenizer.ControlTokens;
import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.transformer.KeyValueCache;
import dev.lanewise.transformer.Session;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a model that generates text is asked for. Immutable and thread-safe: any number of threads may generate, each in a
 * session of its own. Steps of as many as there are processors are computed at once.
 *
 * <p>A text has the same bits whatever the number of threads and whatever else is generated; with the same seed, chance has the
 * same say on every machine.
 *
 * <p>A prompt is taken as text: the tokens that the model wants around a text are added, and special tokens that are spelled out
 * in it have no special meaning. Use {@link #encode} where they should. Ids are taken as they are.
 *
 * <p>Every method that takes text throws {@link UnsupportedModelException} if the model has no tokenizer; every one that computes
 * throws {@link ModelClosedException} after the model was closed.
 *
 * {@snippet :
 * Generator generator = model.generator();
 * generator.generate("Gravity is", GenerationOptions.defaults(), piece -> send(piece));
 * }
 */
public final class Generator {
    private static final GenerationListener NOBODY = text -> {
    };

    private final Model model;

    Generator(Model model) {
        model.decoder(); // or the failure that says what it is
        this.model = model;
    }

    /** The ids of a prompt: with the tokens that the model wants around a text, and its special tokens if they are asked for. */
    public int[] encode(String prompt, boolean parseSpecial) {
        return model.tokenizer().encode(prompt, new EncodeOptions(true, parseSpecial)).copyOfIds();
    }

    /** Whether the model has a template that makes prompts of conversations. */
    public boolean hasChatTemplate() {
        return model.chatTemplate() != null;
    }

    /**
     * The prompt that the model's template makes of a conversation, so that the model answers.
     *
     * @throws UnsupportedModelException if the model has no template
     * @throws ChatTemplateException if the template refuses the conversation, or cannot be run
     */
    public String chatPrompt(List<ChatMessage> conversation) {
        if (!hasChatTemplate()) {
            throw new UnsupportedModelException(model.file()
                    + ": the model has no chat template; write the prompt as the model was trained, and use generate");
        }
        Map<String, Object> variables = new HashMap<>();
        List<Object> messages = new ArrayList<>();
        for (ChatMessage message : conversation) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("role", message.role());
            entry.put("content", message.content());
            messages.add(entry);
        }
        variables.put("messages", messages);
        variables.put("add_generation_prompt", true);
        ControlTokens control = model.tokenizer().control();
        variables.put("bos_token", control.begin() < 0 ? "" : model.tokenizer().piece(control.begin()));
        variables.put("eos_token", control.end() < 0 ? "" : model.tokenizer().piece(control.end()));
        return ChatTemplate.parse(model.chatTemplate()).render(variables, ZonedDateTime.now());
    }

    /**
     * The ids of {@link #chatPrompt}. Special tokens are parsed, also those that a message spells out: strip them from what
     * strangers say if that matters.
     */
    public int[] encodeChat(List<ChatMessage> conversation) {
        return model.tokenizer().encode(chatPrompt(conversation), new EncodeOptions(false, true)).copyOfIds();
    }

    /** The text of ids, without special tokens. */
    public String decode(int[] ids) {
        model.checkIds(ids, 0, ids.length);
        return model.tokenizer().decode(ids, true);
    }

    /** The text that follows a prompt, with {@link GenerationOptions#defaults}. */
    public String generate(String prompt) {
        return generate(prompt, GenerationOptions.defaults()).text();
    }

    /** Generates what follows a prompt. */
    public Generation generate(String prompt, GenerationOptions options) {
        return generate(prompt, options, NOBODY);
    }

    /**
     * Generates what follows a prompt.
     *
     * @param listener is told what is generated as it is
     * @throws TextTooLongException if the prompt has more tokens than the model takes
     */
    public Generation generate(String prompt, GenerationOptions options, GenerationListener listener) {
        return generate(encode(prompt, false), options, listener);
    }

    /** Generates what follows ids. */
    public Generation generate(int[] ids, GenerationOptions options) {
        return generate(ids, options, NOBODY);
    }

    /**
     * Generates what follows ids.
     *
     * @param listener is told what is generated as it is
     * @throws TextTooLongException if there are more ids than the model takes
     */
    public Generation generate(int[] ids, GenerationOptions options, GenerationListener listener) {
        return sessionFor(ids, options).generate(options, listener);
    }

    /** Generates what follows a prompt, a token each time one is asked for. */
    public GenerationStream stream(String prompt, GenerationOptions options) {
        return stream(encode(prompt, false), options);
    }

    /** Generates what follows ids, a token each time one is asked for. */
    public GenerationStream stream(int[] ids, GenerationOptions options) {
        return sessionFor(ids, options).stream(options);
    }

    /** A session that is as large as one call needs it. */
    private GenerationSession sessionFor(int[] ids, GenerationOptions options) {
        if (ids.length > model.maxTokens()) {
            throw new TextTooLongException(ids.length, model.maxTokens());
        }
        int tokens = (int) Math.min(model.maxTokens(), (long) ids.length + options.maxTokens());
        GenerationSession session = newSession(SessionOptions.defaults().withMaxTokens(tokens));
        session.add(ids);
        return session;
    }

    /** An empty session with {@link SessionOptions#defaults}. */
    public GenerationSession newSession() {
        return newSession(SessionOptions.defaults());
    }

    /** An empty session. */
    public GenerationSession newSession(SessionOptions options) {
        return new GenerationSession(model, options);
    }

    /**
     * Reads a session that {@link GenerationSession#save} wrote.
     *
     * @param options of the new session, which need not be those of the saved one, save for the type of keys and values
     * @throws ModelFormatException if the file is damaged, or of another model, or of another type of keys and values
     * @throws TextTooLongException if it has more tokens than the new session has room for
     * @throws IOException if it cannot be read
     */
    public GenerationSession loadSession(Path file, SessionOptions options) throws IOException {
        return GenerationSession.load(file, model, options);
    }

    /**
     * The raw output of the network: at every position, a logit for each id that may come next.
     *
     * @return {@code [ids.length][vocabulary]}
     * @throws TextTooLongException if there are more ids than the model has positions
     */
    public float[][] logits(int[] ids) {
        model.checkIds(ids, 0, ids.length);
        if (ids.length > model.maxTokens()) {
            throw new TextTooLongException(ids.length, model.maxTokens());
        }
        float[][] out = new float[ids.length][model.vocabulary()];
        KeyValueCache cache = new KeyValueCache(model.spec().stack(), DataType.F32, ids.length);
        SessionPool.Lease lease = model.begin();
        try {
            Session session = lease.session();
            int[] token = new int[1];
            for (int from = 0; from < ids.length; from += GenerationSession.CHUNK) {
                int to = Math.min(ids.length, from + GenerationSession.CHUNK);
                session.batch().clear();
                session.batch().add(ids, from, to, cache);
                model.decoder().forward(session, () -> false);
                for (int i = from; i < to; i++) {
                    token[0] = i - from;
                    model.decoder().logits(session, token, 1);
                    System.arraycopy(session.logits(), 0, out[i], 0, out[i].length);
                }
            }
        } finally {
            model.end(lease);
        }
        return out;
    }
}
