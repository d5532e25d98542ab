package dev.lanewise.tools.audio;

import dev.lanewise.AudioStream;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioFormat.Encoding;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

/**
 * A recording in a file, as one channel: what the JDK's own audio support reads, which is WAV, AIFF and AU with samples of 8 to 32
 * bits or floating point, mu-law or A-law. Several channels become their mean.
 *
 * <p>Whoever wrote the file may be a stranger: it is read once from front to end, in pieces, and what its header says decides the
 * size of nothing. Not thread-safe.
 */
public final class AudioFile implements AudioStream, Closeable {
    /** Rates that recordings have, and some more. */
    private static final int LOWEST_RATE = 1_000;
    private static final int HIGHEST_RATE = 768_000;
    private static final int MOST_CHANNELS = 1024;
    private static final int BUFFER = 1 << 16;
    /** Programs that write into a pipe do not know the length, and state one of about this or more bytes. */
    private static final long UNKNOWN_LENGTH = 0x7FFF_0000L;
    private static final int MAGIC = 12;

    private final Path path;
    private final AudioInputStream in;
    private final PcmFormat format;
    private final int rate;
    private final long stated; // frames, or -1
    private final ByteBuffer frames;
    private long count;

    private AudioFile(Path path, AudioInputStream in, PcmFormat format) {
        this.path = path;
        this.in = in;
        this.format = format;
        rate = Math.round(in.getFormat().getSampleRate());
        long length = in.getFrameLength();
        stated = length < 0 || length * format.frameBytes() >= UNKNOWN_LENGTH ? -1 : length;
        frames = ByteBuffer.allocate(BUFFER / format.frameBytes() * format.frameBytes()).order(format.order());
    }

    /**
     * Opens a file.
     *
     * @throws IOException if it cannot be read, or is none of those formats; it says what it seems to be
     */
    public static AudioFile open(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString());
        }
        if (Files.isDirectory(path)) {
            throw new IOException(path + " is a folder; a recording is needed");
        }
        InputStream file = new BufferedInputStream(Files.newInputStream(path), BUFFER);
        try {
            checkMagic(path, file);
            AudioInputStream in = toItsEnd(path, file, AudioSystem.getAudioInputStream(file));
            if (in.getFormat().getEncoding().equals(Encoding.ULAW)
                    || in.getFormat().getEncoding().equals(Encoding.ALAW)) {
                in = AudioSystem.getAudioInputStream(Encoding.PCM_SIGNED, in);
            }
            return new AudioFile(path, in, format(path, in.getFormat()));
        } catch (UnsupportedAudioFileException | IllegalArgumentException e) {
            file.close();
            throw new IOException(path + ": its header is damaged, or its samples are compressed in a way that is not "
                    + "read; make it a WAV file with PCM samples", e);
        } catch (EOFException e) {
            file.close();
            throw new IOException(path + ": ends within its header", e);
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    /** A recorder that was killed has not written the length. Chunks of another kind are shorter than a second of sound. */
    private static AudioInputStream toItsEnd(Path path, InputStream file, AudioInputStream in) throws IOException {
        AudioFormat format = in.getFormat();
        return in.getFrameLength() == 0 && Files.size(path) > format.getFrameRate() * format.getFrameSize()
                ? new AudioInputStream(file, format, AudioSystem.NOT_SPECIFIED)
                : in;
    }

    private static PcmFormat format(Path path, AudioFormat format) throws IOException {
        PcmFormat pcm = PcmFormat.of(format);
        float rate = format.getSampleRate();
        if (pcm == null || pcm.channels() > MOST_CHANNELS || !(rate >= LOWEST_RATE && rate <= HIGHEST_RATE)) {
            throw new IOException(path + ": its samples are not read: " + format + "; PCM of 8 to 32 bits or floating "
                    + "point is, at " + LOWEST_RATE + " to " + HIGHEST_RATE + " Hz, in up to " + MOST_CHANNELS
                    + " channels");
        }
        return pcm;
    }

    /** What is no recording is not even offered to the JDK, which would take notes of music for one and play them. */
    private static void checkMagic(Path path, InputStream file) throws IOException {
        file.mark(MAGIC);
        byte[] bytes = file.readNBytes(MAGIC);
        file.reset();
        String magic = new String(bytes, StandardCharsets.ISO_8859_1);
        if (magic.startsWith("RIFF") && magic.endsWith("WAVE") || magic.startsWith("FORM") && magic.contains("AIF")
                || magic.startsWith(".snd")) {
            return;
        }
        if (bytes.length == 0) {
            throw new IOException(path + " is empty; a recording is needed");
        }
        String kind = magic.startsWith("fLaC")
                ? "FLAC"
                : magic.startsWith("OggS")
                        ? "Ogg" //
                        : magic.startsWith("ID3") || bytes[0] == (byte) 0xFF
                                ? "MP3" //
                                : magic.startsWith("RF64") ? "RF64" : magic.startsWith("ftyp", 4) ? "MP4" : null;
        throw new IOException(path + (kind == null ? " is no recording" : " is of the kind " + kind)
                + ": WAV, AIFF and AU files are read; another program can make one of it, as with: ffmpeg -i FILE out.wav");
    }

    /** Samples a second. */
    public int rate() {
        return rate;
    }

    @Override
    public int read(float[] samples, int from, int wanted) throws IOException {
        int most = Math.min(frames.capacity() / format.frameBytes(), wanted);
        int read = in.read(frames.array(), 0, most * format.frameBytes());
        if (read < format.frameBytes()) {
            return -1;
        }
        int n = read / format.frameBytes();
        for (int i = 0; i < n; i++) {
            float sample = format.mono(frames, i);
            if (!Float.isFinite(sample)) {
                throw new IOException(path + ": the sample at " + (float) (count + i) / rate + " s is no number");
            }
            samples[from + i] = sample;
        }
        count += n;
        return n;
    }

    /** After the end: how many seconds there are less than the file says, 0 if none or if it does not say. */
    public double missing() {
        return stated < 0 ? 0 : (double) Math.max(0, stated - count) / rate;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
