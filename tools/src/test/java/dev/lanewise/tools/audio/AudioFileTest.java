package dev.lanewise.tools.audio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.AudioStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of every kind that is read, and of some that are not. */
class AudioFileTest {
    /** Each is a multiple of 1/128, so that all formats hold it. */
    private static final double[] VALUES = {0, 0.5, -0.5, 0.25, -1, 127.0 / 128, -3.0 / 128, 1.0 / 128};

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"1,8", "1,16", "1,24", "1,32", "3,32", "3,64"})
    void everyFormatGivesTheSameSamples(int kind, int bits) throws IOException {
        float[] expected = new float[VALUES.length];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = (float) VALUES[i];
        }
        byte[] samples = Wav.samples(kind, bits, VALUES);
        assertArrayEquals(expected, read(write(Wav.file(kind, bits, 1, 16_000, samples))));
        if (bits > 8 && bits < 64) {
            assertArrayEquals(expected, read(write(Wav.extensible(kind, bits, 1, 16_000, samples))));
        }
    }

    @ParameterizedTest
    @CsvSource({"1,16,2", "1,24,3", "1,8,6", "3,32,64"})
    void channelsBecomeTheirMean(int kind, int bits, int channels) throws IOException {
        double[] frames = new double[3 * channels];
        float[] means = new float[3];
        Random random = new Random(7);
        for (int i = 0; i < frames.length; i++) {
            frames[i] = random.nextInt(-128, 128) / 128.0;
            means[i / channels] += (float) frames[i];
        }
        for (int i = 0; i < means.length; i++) {
            means[i] /= channels;
        }
        Path file = write(Wav.file(kind, bits, channels, 48_000, Wav.samples(kind, bits, frames)));
        assertArrayEquals(means, read(file), 1e-7f);
        try (AudioFile audio = AudioFile.open(file)) {
            assertEquals(48_000, audio.rate());
        }
    }

    /** From the tables of ITU-T G.711: the loudest and the softest values. */
    @Test
    void telephonyIsRead() throws IOException {
        assertArrayEquals(new float[]{-32124 / 32768f, 32124 / 32768f, 0},
                read(write(Wav.file(Wav.MU_LAW, 8, 1, 8000, new byte[]{0, (byte) 0x80, (byte) 0xFF}))));
        assertArrayEquals(new float[]{-5504 / 32768f, 5504 / 32768f, 8 / 32768f},
                read(write(Wav.file(Wav.A_LAW, 8, 1, 8000, new byte[]{0, (byte) 0x80, (byte) 0xD5}))));
    }

    @Test
    void chunksBeforeTheFormatArePassedOver() throws IOException {
        byte[] samples = Wav.samples(Wav.PCM, 16, VALUES);
        Path file = write(Wav.file(Wav.PCM, 16, 1, 16_000, samples, samples.length, Wav.chunk("bext", 900)));
        assertEquals(VALUES.length, read(file).length);
    }

    @Test
    void aFileThatIsCutSaysHowMuchIsMissing() throws IOException {
        byte[] samples = Wav.samples(Wav.PCM, 16, new double[16_000]);
        Path file = write(Wav.file(Wav.PCM, 16, 1, 16_000, Arrays.copyOf(samples, 8_001), samples.length, new byte[0]));
        try (AudioFile audio = AudioFile.open(file)) {
            assertEquals(4_000, drain(audio).length);
            assertEquals(0.75, audio.missing());
        }
    }

    @Test
    void aLengthThatItsWriterDidNotKnowIsNoCut() throws IOException {
        byte[] samples = Wav.samples(Wav.PCM, 16, VALUES);
        Path file = write(Wav.file(Wav.PCM, 16, 1, 16_000, samples, -1, new byte[0]));
        try (AudioFile audio = AudioFile.open(file)) {
            assertEquals(VALUES.length, drain(audio).length);
            assertEquals(0, audio.missing());
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 8", "1, 16", "1, 24", "3, 32", "7, 8"})
    void aLengthThatWasNeverWrittenIsNoEmptyRecording(int kind, int bits) throws IOException {
        byte[] samples = new byte[2 * 16_000 * bits / 8];
        byte[] chunk = Wav.chunk("LIST", 1000);
        Path file = write(Wav.file(kind, bits, 1, 16_000, samples, 0, new byte[0]));
        assertEquals(32_000, read(file).length);
        assertEquals(0, read(write(Wav.file(kind, bits, 1, 16_000, chunk, 0, new byte[0]))).length);
    }

    @Test
    void noSamplesAreNoFailureHere() throws IOException {
        assertEquals(0, read(write(Wav.file(Wav.PCM, 16, 1, 16_000, new byte[0]))).length);
        assertEquals(1, read(write(Wav.file(Wav.PCM, 16, 1, 16_000, new byte[2]))).length);
    }

    @Test
    void whatIsNoRecordingIsRefusedByName() throws IOException {
        assertRefused("is empty", new byte[0]);
        assertRefused("is no recording", "Dear all".getBytes());
        assertRefused("is of the kind FLAC", "fLaC, and more".getBytes());
        assertRefused("is of the kind MP3", "ID3\3, and more".getBytes());
        assertRefused("is of the kind Ogg", "OggS, and more".getBytes());
        assertRefused("is of the kind MP4", "\0\0\0\40ftypM4A ".getBytes());
        assertRefused("is no recording", "MThd\0\0\0\6\0\0\0\1".getBytes());
        assertThrows(NoSuchFileException.class, () -> AudioFile.open(folder.resolve("none.wav")));
        assertTrue(assertThrows(IOException.class, () -> AudioFile.open(folder)).getMessage().contains("is a folder"));
    }

    @Test
    void ratesAndChannelsThatNoRecordingHasAreRefused() throws IOException {
        byte[] samples = new byte[1 << 17];
        assertRefused("its samples are not read", Wav.file(Wav.PCM, 16, 1, 1, samples));
        assertRefused("its samples are not read", Wav.file(Wav.PCM, 16, 1, Integer.MAX_VALUE, samples));
        assertRefused("its samples are not read", Wav.file(Wav.PCM, 16, 2000, 16_000, samples));
        assertRefused("compressed", Wav.file(2, 8, 1, 16_000, samples));
    }

    @Test
    void aSampleThatIsNoNumberIsRefused() throws IOException {
        Path file = write(Wav.file(Wav.FLOAT, 32, 1, 16_000, Wav.samples(Wav.FLOAT, 32, 0, Double.NaN)));
        assertTrue(assertThrows(IOException.class, () -> read(file)).getMessage().contains("no number"));
    }

    /** Every cut and many changes of a header: samples, or an {@code IOException}, and nothing else. */
    @Test
    void damagedFilesEndWell() throws IOException {
        byte[] whole = Wav.file(Wav.PCM, 24, 2, 44_100, new byte[60], 60, Wav.chunk("LIST", 10));
        Random random = new Random(11);
        for (int round = 0; round < 1_000; round++) {
            byte[] bytes = round < whole.length ? Arrays.copyOf(whole, round) : whole.clone();
            for (int change = 0; round >= whole.length && change < 1 + round % 4; change++) {
                bytes[random.nextInt(80)] = (byte) (random.nextBoolean() ? random.nextInt() : -random.nextInt(2));
            }
            Path file = write(bytes);
            try {
                read(file);
            } catch (IOException e) {
                assertTrue(e.getMessage().startsWith(file.toString()), e::toString);
            }
        }
    }

    private void assertRefused(String reason, byte[] bytes) throws IOException {
        Path file = write(bytes);
        IOException failure = assertThrows(IOException.class, () -> AudioFile.open(file).close());
        assertTrue(failure.getMessage().startsWith(file.toString()), failure::getMessage);
        assertTrue(failure.getMessage().contains(reason), failure::getMessage);
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("recording.wav"), bytes);
    }

    private static float[] read(Path file) throws IOException {
        try (AudioFile audio = AudioFile.open(file)) {
            return drain(audio);
        }
    }

    /** All samples, asked for in pieces of different sizes. */
    static float[] drain(AudioStream stream) throws IOException {
        float[] all = new float[1 << 16];
        int count = 0;
        for (int size : Stream.iterate(1, n -> n % 97 + 1).mapToInt(n -> n).limit(1 << 20).toArray()) {
            if (count + size > all.length) {
                all = Arrays.copyOf(all, 2 * all.length);
            }
            int read = stream.read(all, count, size);
            if (read < 0) {
                return Arrays.copyOf(all, count);
            }
            count += read;
        }
        throw new IllegalStateException("it does not end");
    }
}
