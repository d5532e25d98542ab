package dev.lanewise.tensor;

/** How the elements of a tensor are ordered. The ids are part of the file format and never change their meaning. */
public enum Layout {
    /**
     * Row-major, each row padded with zeros to a multiple of {@link TensorInfo#PAD} elements: vectors (one row) and
     * tables that are read by the row. The last dimension is the row. One of {@link DataType#INT8} is its scale, its zero
     * point, then its codes; one of {@link DataType#Q8_0} is its blocks, of each its scale, then its codes.
     */
    ROWS(0),
    /**
     * A matrix [out][in] packed for the kernels: panels of {@link TensorInfo#PAD} outputs, {@code [out / 32][in][32]},
     * the last panel padded with zeros, so that no kernel meets a tail at any vector width. Of a 16-bit type, the 32
     * elements of a step are 16 little-endian 32-bit words: word j holds output j in its low half and output j + 16 in its
     * high half, so that a shift and a mask widen them without moving lanes.
     *
     * <p>A panel of a type with blocks is one block of its outputs behind the other, see {@link DataType}: the 16-bit floats,
     * words as of a 16-bit type, then the codes of scales and those of elements in planes of words, see {@link Code}. A panel
     * of {@link DataType#INT8} is its 32 scales, its 32 zero points, then its codes in such a plane.
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
