package dev.lanewise.kernel;

import java.util.Arrays;

/** Rows interleaved in groups, so that a step of a kernel finds the elements of all its rows side by side. */
final class Packing {
    private Packing() {}

    /**
     * {@code packed[row / group][column][row % group] = x[row][column]}; rows that are missing in the last group become 0.
     */
    static void rows(float[] packed, int packedAt, float[] x, int xAt, int stride, int rows, int width, int group) {
        for (int first = 0; first < rows; first += group) {
            int to = packedAt + first * width;
            for (int r = 0; r < group; r++) {
                if (first + r < rows) {
                    interleave(packed, to + r, group, x, xAt + (first + r) * stride, width);
                } else {
                    clear(packed, to + r, group, width);
                }
            }
        }
    }

    private static void interleave(float[] packed, int to, int step, float[] x, int from, int width) {
        for (int c = 0; c < width; c++) {
            packed[to + c * step] = x[from + c];
        }
    }

    /** {@link #rows} for rows that come behind {@code place} others. */
    static void append(float[] packed, int packedAt, int place, float[] x, int xAt, int stride, int rows, int width,
            int group) {
        for (int row = place; row < place + rows; row++) {
            interleave(packed, packedAt + row / group * group * width + row % group, group, x,
                    xAt + (row - place) * stride, width);
        }
    }

    private static void clear(float[] packed, int to, int step, int width) {
        for (int c = 0; c < width; c++) {
            packed[to + c * step] = 0;
        }
    }

    /**
     * {@code panels[column / 16][row][column % 16] = x[row][column]}, with room for {@code panelRows} rows in a panel; columns
     * that are missing in the last panel become 0.
     */
    static void columns(float[] panels, int panelsAt, int panelRows, float[] x, int xAt, int stride, int rows,
            int width) {
        for (int column = 0; column < width; column += Kernels.VALUE_PANEL) {
            int count = Math.min(Kernels.VALUE_PANEL, width - column);
            int to = panelsAt + column * panelRows;
            for (int row = 0; row < rows; row++) {
                int at = to + row * Kernels.VALUE_PANEL;
                System.arraycopy(x, xAt + row * stride + column, panels, at, count);
                Arrays.fill(panels, at + count, at + Kernels.VALUE_PANEL, 0);
            }
        }
    }
}
