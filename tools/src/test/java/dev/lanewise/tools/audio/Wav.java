package dev.lanewise.tools.audio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes WAV files, byte by byte as the format's description says. */
final class Wav {
    static final int PCM = 1;
    static final int FLOAT = 3;
    static final int A_LAW = 6;
    static final int MU_LAW = 7;

    private Wav() {}

    /** A header of 44 bytes and what follows it. */
    static byte[] file(int kind, int bits, int channels, int rate, byte[] samples) {
        return file(kind, bits, channels, rate, samples, samples.length, new byte[0]);
    }

    /**
     * The same.
     *
     * @param stated what the header says about the length
     * @param before chunks before the one of the format
     */
    static byte[] file(int kind, int bits, int channels, int rate, byte[] samples, int stated, byte[] before) {
        int frame = bits / 8 * channels;
        ByteBuffer out = ByteBuffer.allocate(44 + before.length + samples.length).order(ByteOrder.LITTLE_ENDIAN);
        out.put("RIFF".getBytes()).putInt(stated == -1 ? -1 : 36 + before.length + stated).put("WAVE".getBytes());
        out.put(before);
        out.put("fmt ".getBytes()).putInt(16).putShort((short) kind).putShort((short) channels).putInt(rate)
                .putInt(rate * frame).putShort((short) frame).putShort((short) bits);
        out.put("data".getBytes()).putInt(stated).put(samples);
        return out.array();
    }

    /** What programs write for more than 16 bits: the kind stands in an extension of the format. */
    static byte[] extensible(int kind, int bits, int channels, int rate, byte[] samples) {
        int frame = bits / 8 * channels;
        ByteBuffer out = ByteBuffer.allocate(68 + samples.length).order(ByteOrder.LITTLE_ENDIAN);
        out.put("RIFF".getBytes()).putInt(60 + samples.length).put("WAVE".getBytes());
        out.put("fmt ".getBytes()).putInt(40).putShort((short) 0xFFFE).putShort((short) channels).putInt(rate)
                .putInt(rate * frame).putShort((short) frame).putShort((short) bits).putShort((short) 22)
                .putShort((short) bits).putInt(channels == 1 ? 4 : 3).putInt(kind).putInt(0x00100000)
                .putLong(0x719B3800AA000080L);
        out.put("data".getBytes()).putInt(samples.length).put(samples);
        return out.array();
    }

    /** A chunk. */
    static byte[] chunk(String name, int length) {
        return ByteBuffer.allocate(8 + length).order(ByteOrder.LITTLE_ENDIAN).put(name.getBytes()).putInt(length)
                .array();
    }

    /** Values of -1 to 1 as integers or floats. */
    static byte[] samples(int kind, int bits, double... values) {
        ByteBuffer out = ByteBuffer.allocate(values.length * bits / 8).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            if (kind == FLOAT && bits == 32) {
                out.putFloat((float) value);
            } else if (kind == FLOAT) {
                out.putDouble(value);
            } else {
                long scaled = Math.round(value * (1L << bits - 1));
                long stored = bits == 8 ? scaled + 128 : scaled; // bytes alone are unsigned
                for (int i = 0; i < bits / 8; i++) {
                    out.put((byte) (stored >> 8 * i));
                }
            }
        }
        return out.array();
    }
}
