package dev.lanewise.tools.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.AudioStream;
import dev.lanewise.FinishReason;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.Transcriber;
import dev.lanewise.Transcription;
import dev.lanewise.TranscriptionOptions;
import dev.lanewise.TranscriptionSegment;
import dev.lanewise.tools.audio.AudioFile;
import dev.lanewise.tools.audio.Resampler;
import dev.lanewise.tools.cache.ModelCache;
import dev.lanewise.tools.console.Console;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Text from speech. */
@Command(name = "transcribe", mixinStandardHelpOptions = true, versionProvider = Version.class, header = "Write down what is said in a recording", description = "Prints what is said, as it is heard. Reads WAV, AIFF and AU files, of any rate and number of channels.")
final class TranscribeCommand extends BaseCommand {
    @Parameters(index = "0", paramLabel = "MODEL", description = "a name that 'lanewise models' lists, a .lane file, or anything that can be converted")
    private String modelName;

    @Parameters(index = "1", paramLabel = "FILE", description = "the recording")
    private Path file;

    @Option(names = "--language", paramLabel = "L", description = "the language that is spoken, as en or de (default: found out)")
    private String language;

    @Option(names = "--translate", description = "into English")
    private boolean translate;

    @Option(names = "--timestamps", description = "times before each part of the text; with --json, more than one part")
    private boolean timestamps;

    @Option(names = "--srt", description = "subtitles in the format SubRip")
    private boolean subtitles;

    @Option(names = "--beams", paramLabel = "B", description = "follow so many texts side by side (default: ${DEFAULT-VALUE})")
    private int beams = 1;

    @Option(names = "--prompt", paramLabel = "TEXT", description = "what might have been said before: spellings of names, the style")
    private String prompt = "";

    @Option(names = "--no-previous-text", description = "do not tell the model the text of the 30 seconds before")
    private boolean alone;

    @Option(names = "--no-fallback", description = "keep a bad text; otherwise it is made again, with chance")
    private boolean noFallback;

    private int count;

    TranscribeCommand(Console console) {
        super(console);
    }

    @Override
    void run() throws IOException {
        if (json && subtitles) {
            throw wrongUsage("give --json or --srt, not both");
        }
        if (beams < 1 || beams > TranscriptionOptions.MOST_BEAMS) {
            throw wrongUsage("--beams must be 1 to " + TranscriptionOptions.MOST_BEAMS + ", not " + beams);
        }
        StreamedOutput out = new StreamedOutput(console);
        TranscriptionOptions options = TranscriptionOptions.builder().language(language).translate(translate)
                .timestamps(timestamps || subtitles).beams(beams).prompt(prompt).previousText(!alone)
                .fallback(!noFallback).cancelWhen(out::hasFailed).build();
        try (AudioFile audio = AudioFile.open(file);
                Model model = new ModelCache(console).open(modelName, ModelCache.AS_STORED,
                        opened -> Model.open(opened, ModelOptions.defaults().withThreads(threads())))) {
            Counted counted = new Counted(audio.rate() == Transcriber.SAMPLE_RATE
                    ? audio
                    : new Resampler(audio, audio.rate(), Transcriber.SAMPLE_RATE));
            Transcriber transcriber = model.transcriber();
            long begin = System.nanoTime();
            Transcription heard = transcriber.transcribe(counted, options, json ? _ -> {
            } : printer(out));
            out.check();
            if (json) {
                print(heard);
            }
            report(heard, audio, (double) counted.count / Transcriber.SAMPLE_RATE, System.nanoTime() - begin);
        }
    }

    /** Samples, counted. */
    private static final class Counted implements AudioStream {
        private final AudioStream source;
        private long count;

        Counted(AudioStream source) {
            this.source = source;
        }

        @Override
        public int read(float[] samples, int from, int wanted) throws IOException {
            int read = source.read(samples, from, wanted);
            count += Math.max(0, read);
            return read;
        }
    }

    private Consumer<TranscriptionSegment> printer(StreamedOutput out) {
        if (subtitles) {
            return part -> out.print(++count + "\n" + time(part.start(), ',') + " --> " + time(part.end(), ',') + "\n"
                    + part.text().strip() + "\n\n");
        }
        return timestamps
                ? part -> out.print("[" + time(part.start(), '.') + " --> " + time(part.end(), '.') + "] "
                        + part.text().strip() + "\n")
                : part -> out.print(part.text().strip() + "\n");
    }

    /** Hours, minutes, seconds, thousandths. */
    private static String time(double seconds, char point) {
        long thousandths = Math.round(seconds * 1000);
        return String.format(Locale.ROOT, "%02d:%02d:%02d%c%03d", thousandths / 3_600_000,
                thousandths / 60_000 % 60, thousandths / 1000 % 60, point, thousandths % 1000);
    }

    private void print(Transcription heard) throws IOException {
        try (JsonGenerator out = JsonOutput.on(console)) {
            out.writeStartObject();
            out.writeStringField("language", heard.language());
            out.writeArrayFieldStart("segments");
            for (TranscriptionSegment part : heard.segments()) {
                out.writeStartObject();
                out.writeNumberField("start", part.start());
                out.writeNumberField("end", part.end());
                out.writeStringField("text", part.text());
                JsonOutput.array(out, "ids", part.ids());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
            out.writeRaw('\n');
        }
    }

    /** For a person: what is not in the text. */
    private void report(Transcription heard, AudioFile audio, double seconds, long nanos) {
        if (seconds == 0) {
            console.say(file + " has no samples");
        } else if (heard.segments().isEmpty() && heard.finish() == FinishReason.END_OF_AUDIO) {
            console.say(file + ": nobody speaks");
        }
        if (audio.missing() > 0) {
            console.say(String.format(Locale.ROOT, "%s is cut: it ends %.1f s before what it says", file,
                    audio.missing()));
        }
        if (heard.language() != null && language == null) {
            console.say(String.format(Locale.ROOT, "language: %s (%.0f %%)", heard.language(),
                    heard.languageProbability() * 100));
        }
        if (seconds >= 1) {
            console.say(String.format(Locale.ROOT, "%.1f s of audio in %.1f s, real-time factor %.3f", seconds,
                    nanos / 1e9, nanos / 1e9 / seconds));
        }
    }
}
