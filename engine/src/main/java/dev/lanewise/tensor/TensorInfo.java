package dev.lanewise.tensor;

import java.util.List;

/**
 * What is known of a tensor without its elements.
 *
 * @param name unique in its file
 * @param type how elements are stored
 * @param layout how they are ordered
 * @param shape one or two dimensions, outermost first, as published models state it: a matrix is [out][in]
 */
public record TensorInfo(String name, DataType type, Layout layout, List<Integer> shape) {

    /** Rows and panels are padded to a multiple of this many elements: two 512-bit vectors of floats. */
    public static final int PAD = 32;

    /** Checks that the layout fits the shape. */
    public TensorInfo {
        shape = List.copyOf(shape);
        if (shape.isEmpty() || shape.size() > 2 || layout == Layout.PANELS && shape.size() != 2) {
            throw new IllegalArgumentException(name + ": " + layout + " cannot hold the shape " + shape);
        }
        if (!type.fits(layout, shape.getLast())) {
            throw new IllegalArgumentException(name + ": " + type + " cannot hold " + layout + " of " + shape);
        }
        for (int dimension : shape) {
            if (dimension < 1) {
                throw new IllegalArgumentException(name + ": no dimension may be below 1: " + shape);
            }
        }
    }

    /** How many rows it has: 1 for a vector. */
    public int rows() {
        return shape.size() == 1 ? 1 : shape.getFirst();
    }

    /** The length of a row. */
    public int columns() {
        return shape.getLast();
    }

    /** Bytes as stored, padding included. */
    public long bytes() {
        return layout == Layout.PANELS
                ? Math.multiplyExact(padded(rows()) / PAD, type.panelBytes(columns()))
                : Math.multiplyExact(rows(), type.rowBytes(columns()));
    }

    /** The next multiple of {@link #PAD}. */
    public static int padded(int n) {
        return Math.addExact(n, PAD - 1) & -PAD;
    }
}
