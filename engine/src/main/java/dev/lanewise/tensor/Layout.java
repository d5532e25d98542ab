package dev.lanewise.tensor;

/** How the elements of a tensor are ordered. The ids are part of the file format and never change their meaning. */
public enum Layout {
    /**
     * Row-major, each row padded with zeros to a multiple of {@link TensorInfo#PAD} elements: vectors (one row) and
     * tables that are read by the row. The last dimension is the row.
     */
    ROWS(0),
    /**
     * A matrix [out][in] packed for the kernels: panels of {@link TensorInfo#PAD} outputs, {@code [out / 32][in][32]},
     * the last panel padded with zeros, so that no kernel meets a tail at any vector width. Of a 16-bit type, the 32
     * elements of a step are 16 little-endian 32-bit words: word j holds output j in its low half and output j + 16 in its
     * high half, so that a shift and a mask widen them without moving lanes.
     *
     * <p>A panel of a quantised type holds first the codes, {@code [in / n][32]} little-endian words with n codes each,
     * the first of them in the highest bits (8 bits: n = 4; 4 bits: n = 8; codes of {@code Q4_0} less 8, with a sign), then the
     * 16-bit scales, {@code [in / 32][16]} words as of a 16-bit type; where a block has a minimum, {@code [in / 32][2][16]}:
     * scales, then minimums.
     */
    PANELS(1);

    private final int id;

    Layout(int id) {
        this.id = id;
    }

    /** The id in the file. */
    public int id() {
        return id;
    }

    /** The layout with this id, or null where no such layout is known. */
    public static Layout ofId(int id) {
        for (Layout layout : values()) {
            if (layout.id == id) {
                return layout;
            }
        }
        return null;
    }
}
