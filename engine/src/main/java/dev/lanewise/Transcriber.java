package dev.lanewise;

import dev.lanewise.audio.LogMel;
import dev.lanewise.error.ModelClosedException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.generation.SpeechTokens;
import dev.lanewise.spec.SourceSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/**
 * Turns recordings of speech into text, with models that were trained as Whisper was (Radford et al., 2022). Immutable and
 * thread-safe: any number of threads may transcribe; steps of as many as there are processors are computed at once.
 *
 * <p>Samples are of one channel, at {@value #SAMPLE_RATE} Hz, -1 to 1. They are heard in windows of 30 seconds; the next one begins
 * where the last time of the text before it is, as in OpenAI's code. Windows in which nothing is louder than -80 dB are passed
 * over, those in which hardly anybody speaks, as the model says, have no text. Memory does not depend on the length of a
 * recording, but for its text.
 *
 * <p>A recording gives the same text whatever the number of threads and whatever else is computed. A call
 * allocates what a window needs, with whisper-base some 50 MB; a token costs nothing more.
 *
 * <p>Every method that computes throws {@link ModelClosedException} if the model was closed before.
 *
 * {@snippet :
 * Transcription heard = model.transcriber().transcribe(samples);
 * }
 */
public final class Transcriber {
    /** Samples a second. */
    public static final int SAMPLE_RATE = LogMel.SAMPLE_RATE;

    private static final int MOST_MELS = 512;
    private static final int LEAST_TOKENS = 32;

    private final Model model;
    private final SpeechTokens tokens;
    private final List<String> languages;

    Transcriber(Model model) {
        model.encoderDecoder(); // or the failure that says what it is
        SourceSpec source = model.spec().source();
        if (source.stem() == null) {
            throw new UnsupportedModelException(model.file() + ": the model reads text; this needs one that hears");
        }
        if (source.maxTokens() != source.stem().tokens(SpeechDecoder.FRAMES) || source.stem().features() > MOST_MELS
                || model.maxTokens() < LEAST_TOKENS) {
            throw new UnsupportedModelException(model.file() + ": the model hears " + source.maxTokens()
                    + " positions of " + source.stem().features() + " features, and writes " + model.maxTokens()
                    + " tokens; Whisper's hear those of 30 seconds, and write " + LEAST_TOKENS + " or more");
        }
        tokens = SpeechTokens.of(model.tokenizer(), model.vocabulary());
        if (tokens == null) {
            throw new UnsupportedModelException(model.file()
                    + ": the model's tokenizer lacks the control tokens of Whisper, such as <|startoftranscript|>");
        }
        this.model = model;
        List<String> codes = new ArrayList<>();
        for (int id : tokens.languages()) {
            codes.add(model.tokenizer().piece(id).replaceAll("[<|>]", ""));
        }
        languages = Collections.unmodifiableList(codes);
    }

    /** The codes of the languages that it knows, the most common ones first; empty if it knows English alone. */
    public List<String> languages() {
        return languages;
    }

    /** Transcribes a recording with {@link TranscriptionOptions#defaults}. */
    public Transcription transcribe(float[] samples) {
        return transcribe(samples, TranscriptionOptions.defaults());
    }

    /**
     * Transcribes a recording.
     *
     * @throws IllegalArgumentException if a sample is no finite number, or the model does not know the language
     */
    public Transcription transcribe(float[] samples, TranscriptionOptions options) {
        int[] at = {0};
        try {
            return transcribe((into, from, count) -> {
                int n = Math.min(count, samples.length - at[0]);
                System.arraycopy(samples, at[0], into, from, n);
                at[0] += n;
                return n == 0 ? -1 : n;
            }, options, _ -> {
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e); // an array is always there
        }
    }

    /**
     * Transcribes a recording while it is read.
     *
     * @param listener is told each part as soon as it is known, on this thread; what it throws ends the transcription
     * @throws IllegalArgumentException if a sample is no finite number, or the model does not know the language
     * @throws IOException if the samples cannot be read
     */
    public Transcription transcribe(AudioStream samples, TranscriptionOptions options,
            Consumer<TranscriptionSegment> listener) throws IOException {
        if (options.language() != null && !languages.contains(options.language()) && !isEnglish(options.language())) {
            throw new IllegalArgumentException("the model does not know the language '" + options.language()
                    + "'; it knows " + (languages.isEmpty() ? "en" : String.join(", ", languages)));
        }
        if (options.translate() && languages.isEmpty()) {
            throw new IllegalArgumentException("the model knows English alone, and does not translate");
        }
        model.enter();
        try {
            return new TranscriptionRun(this, samples, options, listener).run();
        } finally {
            model.leave();
        }
    }

    private boolean isEnglish(String language) {
        return languages.isEmpty() && language.equals("en");
    }

    Model model() {
        return model;
    }

    SpeechTokens tokens() {
        return tokens;
    }
}
