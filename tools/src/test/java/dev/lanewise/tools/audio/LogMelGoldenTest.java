package dev.lanewise.tools.audio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.audio.LogMel;
import dev.lanewise.tools.Npy;
import dev.lanewise.tools.TestModels;
import dev.lanewise.tools.convert.gguf.Npz;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The features of a recording, against those that faster-whisper computes. */
class LogMelGoldenTest {
    private static final int FRAMES = 3000;
    private static final int MELS = 80;

    /** The reference rounds to float on the way; transformers differs from it by 2.2e-5. */
    @Test
    void thirtySecondsOfWhisper() throws IOException {
        float[] expected = Npy.floats(TestModels.shared("whisper-base/log-mel.npy")); // [80][3000]
        float[] samples;
        try (AudioFile file = AudioFile.open(TestModels.shared("whisper-base/en-letter.wav"))) {
            samples = AudioFileTest.drain(file);
        }
        assertEquals(61_680, samples.length);
        float[] found = new float[FRAMES * MELS];
        new LogMel(MELS).compute(samples, samples.length, FRAMES, found);
        assertArrayEquals(expected, found, 2.5e-5f);
    }

    /** One frame by the definitions, with the filters that OpenAI publishes. */
    @ParameterizedTest
    @ValueSource(ints = {80, 128})
    void publishedFilters(int mels) throws IOException {
        Map<String, float[]> archive = Npz.read(TestModels.shared("whisper-tiktoken/mel_filters.npz"));
        float[] filters = archive.get("mel_" + mels); // [mels][201]
        float[] samples = new float[1600];
        Random random = new Random(mels);
        for (int i = 0; i < samples.length; i++) {
            samples[i] = random.nextFloat() * 2 - 1;
        }
        int frame = 5;
        double[] energy = new double[mels];
        for (int bin = 0; bin <= 200; bin++) {
            double real = 0;
            double imaginary = 0;
            for (int i = 0; i < 400; i++) {
                double x = samples[frame * 160 - 200 + i] * (0.5 - 0.5 * Math.cos(2 * Math.PI * i / 400));
                real += x * Math.cos(2 * Math.PI * bin * i / 400);
                imaginary -= x * Math.sin(2 * Math.PI * bin * i / 400);
            }
            for (int mel = 0; mel < mels; mel++) {
                energy[mel] += filters[mel * 201 + bin] * (real * real + imaginary * imaginary);
            }
        }
        float[] found = new float[10 * mels];
        new LogMel(mels).compute(samples, samples.length, 10, found);
        for (int mel = 0; mel < mels; mel++) {
            assertEquals((Math.log10(energy[mel]) + 4) / 4, found[mel * 10 + frame], 1e-6);
        }
    }
}
