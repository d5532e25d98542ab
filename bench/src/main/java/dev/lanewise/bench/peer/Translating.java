package dev.lanewise.bench.peer;

/** An encoder-decoder. Used by one thread; whatever it holds ends with it. */
public interface Translating extends AutoCloseable {

    /**
     * Makes texts of sources, all at once.
     *
     * @param beams 1 for the most probable token always
     * @param tokens how long every text is, without an end
     * @return the best text of each source
     */
    int[][] translate(int[][] sources, int beams, int tokens) throws Exception;

    @Override
    void close();
}
