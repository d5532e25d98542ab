package dev.lanewise.bench.peer;

/** A prepared computation: inputs are in place, buffers allocated. Used by one thread; whatever it holds ends with it. */
public interface Work extends AutoCloseable {

    /** Computes once. This is what is timed. */
    void run() throws Exception;

    /** What the last run computed, in the order that the task says. Not timed. */
    float[] result() throws Exception;

    @Override
    default void close() {}
}
