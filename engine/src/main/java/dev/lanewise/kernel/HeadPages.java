package dev.lanewise.kernel;

/** The keys and values of one head as floats, page by page, for {@link Kernels#attendGroup}. */
public interface HeadPages {

    /** A page; may be overwritten by the next call. */
    float[] page(int index);

    /** All pages that attention reads, each at its index. */
    float[][] all();
}
