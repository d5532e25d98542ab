package dev.lanewise;

/**
 * The memory of a {@link Model}.
 *
 * @param mappedBytes of the file; the system keeps as much of it in memory as it finds good, once for all processes
 * @param offHeapBytes outside the heap and the file: where its threads unpack weights
 * @param cacheBytes of keys and values, on the heap, of its schedulers that are open
 */
public record MemoryReport(long mappedBytes, long offHeapBytes, long cacheBytes) {}
