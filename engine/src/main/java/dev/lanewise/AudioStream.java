package dev.lanewise;

import java.io.IOException;

/** Samples of one channel, one after the other. Has one reader. */
@FunctionalInterface
public interface AudioStream {
    /**
     * Reads the next samples.
     *
     * @param samples takes them, -1 to 1
     * @param from where the first one is put
     * @param count how many at most, 1 or more
     * @return how many there were, 1 or more; or -1 at the end
     * @throws IOException if they cannot be read
     */
    int read(float[] samples, int from, int count) throws IOException;
}
