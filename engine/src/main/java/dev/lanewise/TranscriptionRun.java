package dev.lanewise;

import dev.lanewise.audio.LogMel;
import dev.lanewise.generation.SpeechTokens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.zip.Deflater;

/**
 * One transcription: windows one after the other, each decoded until its text is good enough, and cut where its times say. The
 * rules and their numbers are those of OpenAI's code. Not thread-safe.
 */
final class TranscriptionRun {
    private static final double[] TEMPERATURES = {0, 0.2, 0.4, 0.6, 0.8, 1};
    /** From here on a text is so much of chance that the next window is not told it. */
    private static final double UNRELIABLE_TEMPERATURE = 0.5;
    private static final double IMPROBABLE = -1;
    private static final double SILENT = 0.6;
    /** How many times smaller a text becomes by compression that repeats itself. */
    private static final double REPETITIVE = 2.4;
    private static final float INAUDIBLE = 1e-4f;
    private static final int WINDOW = SpeechDecoder.FRAMES * LogMel.HOP;
    /** Between two times, which are 20 ms apart. */
    private static final int SAMPLES_OF_TIME = LogMel.SAMPLE_RATE / 50;

    private final Transcriber transcriber;
    private final Model model;
    private final SpeechTokens tokens;
    private final AudioStream audio;
    private final TranscriptionOptions options;
    private final Consumer<TranscriptionSegment> listener;
    private final SpeechDecoder decoder;
    private final StopSignal stop;

    private final float[] samples = new float[WINDOW + 1]; // one more tells whether there is more
    private int filled;
    private boolean atEnd;
    private long offset; // of the window, in samples
    private boolean timed;

    private int[] history = {}; // what the next window is told
    private int language = -1; // which of the tokens'
    private double languageProbability;
    private final List<TranscriptionSegment> segments = new ArrayList<>();

    /** A text of the window. */
    private record Attempt(int[] ids, double temperature, double logProbability, double noSpeech, boolean repetitive) {
        boolean isImprobable() {
            return logProbability < IMPROBABLE;
        }

        boolean isSilence() {
            return noSpeech > SILENT && logProbability <= IMPROBABLE;
        }
    }

    TranscriptionRun(Transcriber transcriber, AudioStream audio, TranscriptionOptions options,
            Consumer<TranscriptionSegment> listener) {
        this.transcriber = transcriber;
        this.audio = audio;
        this.options = options;
        this.listener = listener;
        model = transcriber.model();
        tokens = transcriber.tokens();
        decoder = new SpeechDecoder(model, tokens, options.beams());
        stop = new StopSignal(options.cancelWhen(), options.timeLimit());
        if (!options.prompt().isBlank()) {
            remember(model.contents().encodePart(" " + options.prompt().strip()));
        }
        if (options.language() != null || transcriber.languages().isEmpty()) {
            language = transcriber.languages().indexOf(options.language());
            languageProbability = 1;
        }
    }

    Transcription run() throws IOException {
        fill();
        timed = options.timestamps() || filled > WINDOW;
        // What is shorter than a frame has no sound.
        while (filled >= LogMel.HOP && !stop.getAsBoolean()) {
            int size = Math.min(WINDOW, filled);
            int advance = isAudible(size) ? transcribe(size) : size;
            if (stop.reason() == null) {
                System.arraycopy(samples, advance, samples, 0, filled - advance);
                filled -= advance;
                offset += advance;
                fill();
            }
        }
        String code = transcriber.languages().isEmpty()
                ? "en"
                : language < 0 ? null : transcriber.languages().get(language);
        return new Transcription(code, languageProbability, segments,
                stop.reason() == null ? FinishReason.END_OF_AUDIO : stop.reason());
    }

    private void fill() throws IOException {
        while (!atEnd && filled < samples.length) {
            int read = audio.read(samples, filled, samples.length - filled);
            if (read <= 0) {
                atEnd = true;
            } else {
                for (int i = filled; i < filled + read; i++) {
                    if (!Float.isFinite(samples[i])) {
                        throw new IllegalArgumentException("sample " + (offset + i) + " is no finite number");
                    }
                }
                filled += read;
            }
        }
    }

    private boolean isAudible(int size) {
        float peak = 0;
        for (int i = 0; i < size; i++) {
            peak = Math.max(peak, Math.abs(samples[i]));
        }
        return peak > INAUDIBLE;
    }

    /**
     * Transcribes the window.
     *
     * @return by how many samples the next one begins later
     */
    private int transcribe(int size) {
        if (!decoder.encode(samples, size, stop) || !findLanguage()) {
            return 0;
        }
        Attempt attempt = decode();
        if (attempt == null) {
            return 0;
        }
        if (attempt.isSilence()) {
            return size;
        }
        int advance = cut(attempt, size);
        if (!options.previousText() || attempt.temperature() > UNRELIABLE_TEMPERATURE) {
            history = new int[0];
        }
        return advance;
    }

    private boolean findLanguage() {
        if (language < 0 && tokens.languages().length > 0) {
            language = decoder.language(stop);
            languageProbability = decoder.languageProbability();
            return language >= 0;
        }
        return true;
    }

    /**
     * The first text that is good enough; without one, the first that does not repeat itself; without that, the first.
     *
     * @return null if it was stopped
     */
    private Attempt decode() {
        int[] prompt = prompt();
        Attempt best = null;
        for (double temperature : TEMPERATURES) {
            if (!(temperature == 0
                    ? decoder.decode(prompt, stop)
                    : decoder.decode(prompt, temperature, offset, stop))) {
                return null;
            }
            int[] ids = Arrays.copyOf(decoder.ids(), decoder.count());
            Attempt attempt = new Attempt(ids, temperature, decoder.meanLogProbability(), decoder.noSpeech(),
                    isRepetitive(text(ids)));
            boolean good = !attempt.repetitive() && !attempt.isImprobable() || attempt.isSilence();
            if (good || best == null || best.repetitive() && !attempt.repetitive()) {
                best = attempt;
            }
            if (good || !options.fallback()) {
                break;
            }
        }
        return best;
    }

    private int[] prompt() {
        IntStream.Builder prompt = IntStream.builder();
        if (history.length > 0) {
            prompt.add(tokens.previous());
            for (int id : history) {
                prompt.add(id);
            }
        }
        prompt.add(tokens.start());
        if (language >= 0) {
            prompt.add(tokens.languages()[language]);
            prompt.add(options.translate() ? tokens.translate() : tokens.transcribe());
        }
        if (!timed) {
            prompt.add(tokens.noTimes());
        }
        return prompt.build().toArray();
    }

    private static boolean isRepetitive(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Deflater deflater = new Deflater();
        try {
            deflater.setInput(bytes);
            deflater.finish();
            int compressed = deflater.deflate(new byte[bytes.length + 64]);
            return bytes.length > REPETITIVE * compressed;
        } finally {
            deflater.end();
        }
    }

    /** Makes parts of the text where two times meet. */
    private int cut(Attempt attempt, int size) {
        int[] ids = attempt.ids();
        int from = 0;
        for (int i = 1; timed && i < ids.length; i++) {
            if (tokens.isTime(ids[i - 1]) && tokens.isTime(ids[i])) {
                add(attempt, from, i, time(ids[from]), time(ids[i - 1]));
                from = i;
            }
        }
        boolean endsWithTime = ids.length >= 2 && tokens.isTime(ids[ids.length - 1])
                && !tokens.isTime(ids[ids.length - 2]);
        if (from == 0) {
            int last = ids.length - 1;
            while (last >= 0 && !tokens.isTime(ids[last])) {
                last--;
            }
            boolean ends = last >= 0 && ids[last] != tokens.firstTime();
            add(attempt, 0, ids.length, 0, ends ? time(ids[last]) : size);
            return size;
        }
        if (endsWithTime) {
            add(attempt, from, ids.length, time(ids[from]), time(ids[ids.length - 1]));
            return size; // nobody speaks after that
        }
        // What follows the last time is not whole: the next window hears it again.
        int advance = Math.min(size, time(ids[from - 1]));
        return advance == 0 ? size : advance;
    }

    /** Of an id, in samples. */
    private int time(int id) {
        return (id - tokens.firstTime()) * SAMPLES_OF_TIME;
    }

    /** @param start in samples within the window, as {@code end} */
    private void add(Attempt attempt, int from, int to, int start, int end) {
        int[] ids = Arrays.copyOfRange(attempt.ids(), from, to);
        String text = text(ids);
        if (start == end || text.isBlank()) {
            return;
        }
        TranscriptionSegment segment = new TranscriptionSegment(seconds(start), seconds(end), text, ids,
                attempt.temperature(), attempt.logProbability(), attempt.noSpeech());
        segments.add(segment);
        remember(ids);
        listener.accept(segment);
    }

    private double seconds(int within) {
        return (double) (offset + within) / LogMel.SAMPLE_RATE;
    }

    private String text(int[] ids) {
        return model.tokenizer().decode(IntStream.of(ids).filter(id -> id < tokens.end()).toArray(), true);
    }

    /** Keeps the last ids, as many as leave half of the room and the start of the text. */
    private void remember(int[] ids) {
        int[] all = IntStream.concat(IntStream.of(history), IntStream.of(ids)).toArray();
        history = Arrays.copyOfRange(all, Math.max(0, all.length - (model.maxTokens() / 2 - 1)), all.length);
    }
}
