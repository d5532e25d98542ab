package dev.lanewise.tools.convert;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Weights in a format that is not ours, opened to look at, whether they can be converted or not. */
public interface ForeignFile extends AutoCloseable {
    /** What it is, for people. */
    String format();

    /** The files it consists of. */
    List<Path> files();

    /** The size of its files together in bytes. */
    long size();

    /** What it says of itself. */
    Map<String, ?> metadata();

    /** Its tensors by name. */
    Map<String, ForeignTensor> tensors();

    @Override
    void close();
}
