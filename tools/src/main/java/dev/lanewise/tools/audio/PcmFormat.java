package dev.lanewise.tools.audio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioFormat.Encoding;

/**
 * How samples are written in a file: integers of 1 to 4 bytes, or floating point of 4 or 8.
 *
 * @param encoding {@code PCM_SIGNED}, {@code PCM_UNSIGNED} or {@code PCM_FLOAT}
 * @param bytes of a sample; fewer bits than they have stand at the upper end, as in WAV
 * @param order of the bytes
 * @param channels how many samples a frame has
 */
record PcmFormat(Encoding encoding, int bytes, ByteOrder order, int channels) {

    /** @return null if it is none of these */
    static PcmFormat of(AudioFormat format) {
        int channels = format.getChannels();
        if (channels < 1 || format.getFrameSize() < 1 || format.getFrameSize() % channels != 0) {
            return null;
        }
        int bytes = format.getFrameSize() / channels;
        boolean known = format.getEncoding().equals(Encoding.PCM_FLOAT)
                ? bytes == 4 || bytes == 8
                : bytes <= 4 && (format.getEncoding().equals(Encoding.PCM_SIGNED)
                        || format.getEncoding().equals(Encoding.PCM_UNSIGNED));
        return known
                ? new PcmFormat(format.getEncoding(), bytes,
                        format.isBigEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN, channels)
                : null;
    }

    int frameBytes() {
        return bytes * channels;
    }

    /** The mean of the channels of a frame, -1 to 1. */
    float mono(ByteBuffer frames, int frame) {
        double sum = 0;
        for (int channel = 0; channel < channels; channel++) {
            sum += sample(frames, (frame * channels + channel) * bytes);
        }
        return (float) (sum / channels);
    }

    private double sample(ByteBuffer frames, int at) {
        if (encoding.equals(Encoding.PCM_FLOAT)) {
            return bytes == 4 ? frames.getFloat(at) : frames.getDouble(at);
        }
        int value = 0; // the sample at the upper end
        for (int i = 0; i < bytes; i++) {
            int from = order == ByteOrder.BIG_ENDIAN ? i : bytes - 1 - i;
            value |= (frames.get(at + from) & 0xFF) << 24 - 8 * i;
        }
        return (encoding.equals(Encoding.PCM_UNSIGNED) ? value ^ 0x80000000 : value) * 0x1p-31;
    }
}
