package dev.lanewise;

import java.time.Duration;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * How a recording is transcribed. Immutable and thread-safe, if what it is asked to ask is.
 *
 * {@snippet :
 * TranscriptionOptions options = TranscriptionOptions.builder().language("de").timestamps(true).build();
 * }
 */
public final class TranscriptionOptions {
    /** How many beams there are at most. */
    public static final int MOST_BEAMS = 64;

    private static final TranscriptionOptions DEFAULTS = builder().build();

    private final Builder values;

    private TranscriptionOptions(Builder from) {
        values = new Builder(from);
    }

    /** What is said, in the language in which it is said, which is found out. */
    public static TranscriptionOptions defaults() {
        return DEFAULTS;
    }

    /** A builder that begins with the defaults. */
    public static Builder builder() {
        return new Builder(null);
    }

    /** A builder that begins with these options. */
    public Builder toBuilder() {
        return new Builder(values);
    }

    /** Or null. */
    String language() {
        return values.language;
    }

    boolean translate() {
        return values.translate;
    }

    boolean timestamps() {
        return values.timestamps;
    }

    int beams() {
        return values.beams;
    }

    boolean fallback() {
        return values.fallback;
    }

    boolean previousText() {
        return values.previousText;
    }

    String prompt() {
        return values.prompt;
    }

    /** Or null. */
    Duration timeLimit() {
        return values.timeLimit;
    }

    /** Or null. */
    BooleanSupplier cancelWhen() {
        return values.cancelWhen;
    }

    /**
     * Collects options. Every method returns this builder, and throws {@link IllegalArgumentException} with the option's name if
     * the value is out of range. Not thread-safe.
     */
    public static final class Builder {
        private String language;
        private boolean translate;
        private boolean timestamps;
        private int beams = 1;
        private boolean fallback = true;
        private boolean previousText = true;
        private String prompt = "";
        private Duration timeLimit;
        private BooleanSupplier cancelWhen;

        private Builder(Builder from) {
            if (from != null) {
                language = from.language;
                translate = from.translate;
                timestamps = from.timestamps;
                beams = from.beams;
                fallback = from.fallback;
                previousText = from.previousText;
                prompt = from.prompt;
                timeLimit = from.timeLimit;
                cancelWhen = from.cancelWhen;
            }
        }

        /** The code of the language that is spoken, one of {@link Transcriber#languages}; or null to find it out. */
        public Builder language(String code) {
            language = code;
            return this;
        }

        /** Whether the text is in English, whatever the language. */
        public Builder translate(boolean wanted) {
            translate = wanted;
            return this;
        }

        /**
         * Whether the parts of the text are timed. Without it, a recording of up to 30 seconds is one part; longer ones are
         * timed anyway, since the times tell where to go on.
         */
        public Builder timestamps(boolean wanted) {
            timestamps = wanted;
            return this;
        }

        /** How many texts are followed side by side: 1, which takes the most probable token each time, to 64. */
        public Builder beams(int count) {
            beams = OptionRange.checked(count >= 1 && count <= MOST_BEAMS, "beams", "1 to " + MOST_BEAMS, count);
            return this;
        }

        /**
         * Whether a text that repeats itself, or is improbable, is made again up to five times, with more and more chance; the
         * default is yes. The random numbers are the same each time.
         */
        public Builder fallback(boolean wanted) {
            fallback = wanted;
            return this;
        }

        /** Whether the model is told the text of the 30 seconds before; the default is yes. */
        public Builder previousText(boolean wanted) {
            previousText = wanted;
            return this;
        }

        /** What might have been said before, for the spelling of names and the style; the last 220 tokens or so count. */
        public Builder prompt(String text) {
            prompt = Objects.requireNonNull(text);
            return this;
        }

        /** How long it may take, from the call on: more than nothing. It ends within the time of one layer after that. */
        public Builder timeLimit(Duration limit) {
            timeLimit = OptionRange.checked(limit.isPositive(), "timeLimit", "positive", limit);
            return this;
        }

        /** Asked before every layer, on the thread that transcribes: when it says yes, the transcription is cancelled. */
        public Builder cancelWhen(BooleanSupplier wanted) {
            cancelWhen = Objects.requireNonNull(wanted);
            return this;
        }

        /** The options. */
        public TranscriptionOptions build() {
            return new TranscriptionOptions(this);
        }
    }
}
