package dev.lanewise;

import java.io.File;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;

/** The example of docs/transcribe.md, so that it compiles; {@link ReadmeTest} compares the two. */
final class TranscribeExample {
    private TranscribeExample() {}

    static void main(String[] args) throws Exception {
        // begin
        TranscriptionOptions options = TranscriptionOptions.builder().language("en").timestamps(true)
                .timeLimit(Duration.ofMinutes(5)).build();
        try (Model model = Model.open(Path.of("whisper-base.lane"));
                // 16 kHz, one channel, 16 bits
                AudioInputStream recording = AudioSystem.getAudioInputStream(new File("speech.wav"))) {
            ByteBuffer bytes = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
            AudioStream samples = (into, from, count) -> {
                int read = recording.read(bytes.array(), 0, Math.min(bytes.capacity(), 2 * count));
                for (int i = 0; i < read / 2; i++) {
                    into[from + i] = bytes.getShort(2 * i) / 32768f;
                }
                return read < 2 ? -1 : read / 2;
            };
            Transcription heard = model.transcriber().transcribe(samples, options,
                    part -> System.out.printf("%.2f s: %s%n", part.start(), part.text())); // as it is heard
            System.out.println(heard.language() + ": " + heard.text() + " [" + heard.finish() + "]");
        }
        // end
    }
}
