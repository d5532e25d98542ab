package dev.lanewise.tools.convert.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** The operations of a graph that move elements and change shapes; null where they are not as ONNX says, or too large. */
final class CellShapes {
    private static final int HIGHEST_RANK = 8;

    private CellShapes() {}

    static int axis(OnnxNode node, Cells a) {
        Long axis = node.integer("axis", 0);
        return axis == null ? -1 : a.axis(axis);
    }

    static Cells joined(OnnxNode node, Cells[] in) {
        Cells all = in[0];
        for (int i = 0; i < in.length && all != null; i++) {
            all = in[i] == null || axis(node, in[i]) != in[i].rank() - 1 ? null : i == 0 ? all : all.join(in[i]);
        }
        return all;
    }

    static Cells range(Cells[] in) {
        if (Arrays.stream(in).anyMatch(cells -> cells.data().length != 1)) {
            return null;
        }
        double start = in[0].data()[0];
        double step = in[2].data()[0];
        double count = Math.ceil((in[1].data()[0] - start) / step);
        return !(count >= 0 && count <= Cells.MOST)
                ? null
                : Cells.of(LongStream.range(0, (long) count).map(i -> (long) (start + i * step)).boxed().toList(),
                        (int) count);
    }

    static Cells sliced(Cells[] in) {
        Cells a = in[0];
        int axes = in[1].data().length;
        for (int i = 2; i < in.length; i++) {
            if (in[i] != null && in[i].data().length != axes) {
                return null;
            }
        }
        for (int i = 0; i < axes; i++) {
            int axis = in.length < 4 || in[3] == null ? i : a.axis((long) in[3].data()[i]);
            if (axis < 0 || axis >= a.rank() || in.length > 4 && in[4] != null && in[4].data()[i] != 1) {
                return null;
            }
            int size = a.shape()[axis];
            long start = bound(in[1].data()[i], size);
            long end = bound(in[2].data()[i], size);
            List<Long> places = LongStream.range(start, Math.max(start, end)).boxed().toList();
            a = a.gather(axis, Cells.of(places, places.size()));
            if (a == null) {
                return null;
            }
        }
        return a;
    }

    private static long bound(double place, int size) {
        return (long) Math.clamp(place < 0 ? place + size : place, 0, size);
    }

    static Cells unsqueezed(Cells a, List<Long> axes) {
        if (axes == null || axes.size() + a.rank() > HIGHEST_RANK) {
            return null;
        }
        int rank = a.rank() + axes.size();
        int[] to = new int[rank];
        for (long axis : axes) {
            long at = axis < 0 ? axis + rank : axis;
            if (at < 0 || at >= rank) {
                return null;
            }
            to[(int) at] = 1;
        }
        int next = 0;
        for (int i = 0; i < rank; i++) {
            if (to[i] == 0) {
                if (next == a.rank()) {
                    return null;
                }
                to[i] = a.shape()[next++];
            }
        }
        return next == a.rank() ? a.reshaped(to) : null;
    }

    static Cells squeezed(Cells a, List<Long> axes) {
        return a.reshaped(IntStream.range(0, a.rank())
                .filter(i -> a.shape()[i] != 1
                        || axes != null && axes.stream().noneMatch(axis -> a.axis(axis) == i))
                .map(i -> a.shape()[i]).toArray());
    }

    static Cells flattened(Cells a, Long axis) {
        if (axis == null || axis < 0 || axis > a.rank()) {
            return null;
        }
        int rows = Cells.size(Arrays.copyOf(a.shape(), axis.intValue()));
        return a.reshaped(new int[]{rows, rows == 0 ? 0 : a.data().length / rows});
    }

    static Cells reshaped(Cells a, int[] to, boolean zeros) {
        int[] shape = to.clone();
        int open = -1;
        long others = 1;
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] == 0 && !zeros) {
                if (i >= a.rank()) {
                    return null;
                }
                shape[i] = a.shape()[i];
            }
            if (shape[i] == -1) {
                open = i;
            } else {
                others = Math.min(others * Math.max(0, shape[i]), Cells.MOST + 1);
            }
        }
        if (open >= 0 && others > 0) {
            shape[open] = (int) (a.data().length / others);
        }
        return Cells.size(shape) == a.data().length ? a.reshaped(shape) : null;
    }

    static int[] ints(Cells cells) {
        return Arrays.stream(cells.data()).mapToInt(x -> (int) x).toArray();
    }
}
