package dev.lanewise.tools.convert.onnx;

import dev.lanewise.tools.convert.ElementType;
import dev.lanewise.tools.convert.ForeignTensor;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * A small tensor of numbers or truths (0 and 1).
 *
 * @param data row-major
 * @param whole whether the graph has whole numbers or truths there
 */
record Cells(double[] data, int[] shape, boolean whole) {
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    /** More are not computed. */
    static final int MOST = 1 << 20;

    static Cells of(List<Long> numbers, int... shape) {
        return new Cells(numbers.stream().mapToDouble(Long::doubleValue).toArray(), shape, true);
    }

    /** A constant; null if it is too large or of a type that nothing here is made of. */
    static Cells of(ForeignTensor tensor) {
        if (tensor.data() == null || tensor.elements() > MOST || tensor.shape().size() > 8) {
            return null;
        }
        int[] shape = tensor.shape().stream().mapToInt(Long::intValue).toArray();
        double[] data = new double[(int) tensor.elements()];
        long[] numbers = tensor.integers(MOST);
        if (tensor.type().isWeight()) {
            float[] floats = new float[data.length];
            tensor.type().decode(tensor.data(), 0, floats, floats.length);
            Arrays.setAll(data, i -> floats[i]);
        } else if (numbers != null) {
            Arrays.setAll(data, i -> numbers[i]);
        } else if (tensor.type() == ElementType.F64) {
            Arrays.setAll(data, i -> tensor.data().get(DOUBLE, 8L * i));
        } else if (tensor.type() == ElementType.BOOL) {
            Arrays.setAll(data, i -> tensor.data().get(ValueLayout.JAVA_BYTE, i) == 0 ? 0 : 1);
        } else {
            return null;
        }
        return new Cells(data, shape, !tensor.type().isWeight() && tensor.type() != ElementType.F64);
    }

    int rank() {
        return shape.length;
    }

    /** An axis counted from the beginning; -1 if there is none. */
    int axis(long axis) {
        long at = axis < 0 ? axis + rank() : axis;
        return at >= 0 && at < rank() ? (int) at : -1;
    }

    /** The elements of each step along an axis. */
    int stride(int axis) {
        return size(Arrays.copyOfRange(shape, axis + 1, rank()));
    }

    /** The product of dimensions; {@link #MOST} + 1 if it is more than that, or one is negative. */
    static int size(int[] shape) {
        long size = 1;
        for (int dimension : shape) {
            size = dimension < 0 ? MOST + 1 : Math.min(size * dimension, MOST + 1);
        }
        return (int) size;
    }

    /** The same elements in another shape. */
    Cells reshaped(int[] to) {
        return new Cells(data, to, whole);
    }

    /** Each element by itself; floats are rounded to single precision. */
    Cells map(DoubleUnaryOperator operation, boolean toWhole) {
        return new Cells(Arrays.stream(data).map(toWhole ? operation : x -> (float) operation.applyAsDouble(x))
                .toArray(), shape, toWhole);
    }

    /** Two, repeated along dimensions that are 1 or missing in front; null if they do not fit. */
    static Cells combine(Cells a, Cells b, DoubleBinaryOperator operation, boolean whole) {
        int[] shape = common(a.shape, b.shape);
        if (shape == null) {
            return null;
        }
        Cells left = a.expanded(shape);
        Cells right = b.expanded(shape);
        double[] data = new double[left.data.length];
        Arrays.setAll(data, i -> {
            double x = operation.applyAsDouble(left.data[i], right.data[i]);
            return whole ? x : (float) x;
        });
        return new Cells(data, shape, whole);
    }

    /** The shape that both can be repeated to; null if there is none that is small enough. */
    static int[] common(int[] a, int[] b) {
        int rank = Math.max(a.length, b.length);
        int[] shape = new int[rank];
        for (int i = 1; i <= rank; i++) {
            int x = i > a.length ? 1 : a[a.length - i];
            int y = i > b.length ? 1 : b[b.length - i];
            if (x != y && x != 1 && y != 1) {
                return null;
            }
            shape[rank - i] = x == 1 ? y : x;
        }
        return size(shape) > MOST ? null : shape;
    }

    /** Repeated to a shape that {@link #common} gave. */
    Cells expanded(int[] to) {
        if (Arrays.equals(shape, to)) {
            return this;
        }
        double[] out = new double[size(to)];
        for (int i = 0; i < out.length; i++) {
            int rest = i;
            int from = 0;
            int step = 1;
            for (int d = 1; d <= to.length; d++) {
                int place = rest % to[to.length - d];
                rest /= to[to.length - d];
                if (d <= rank()) {
                    int size = shape[rank() - d];
                    from += size == 1 ? 0 : place * step;
                    step *= size;
                }
            }
            out[i] = data[from];
        }
        return new Cells(out, to, whole);
    }

    /** Slices along an axis, one for each of some places; null if one is not there or there are too many. */
    Cells gather(int axis, Cells places) {
        int inner = stride(axis);
        int outer = data.length == 0 ? 0 : size(Arrays.copyOf(shape, axis));
        int[] to = IntStream.concat(IntStream.concat(Arrays.stream(shape, 0, axis), Arrays.stream(places.shape)),
                Arrays.stream(shape, axis + 1, rank())).toArray();
        if (size(to) > MOST) {
            return null;
        }
        double[] out = new double[size(to)];
        int at = 0;
        for (int o = 0; o < outer; o++) {
            for (double place : places.data) {
                int index = (int) (place < 0 ? place + shape[axis] : place);
                if (index < 0 || index >= shape[axis]) {
                    return null;
                }
                System.arraycopy(data, (o * shape[axis] + index) * inner, out, at, inner);
                at += inner;
            }
        }
        return new Cells(out, to, whole);
    }

    /** Elements along the last axis, each from the place that another tensor says; null if one is not there. */
    Cells gatherLast(Cells places) {
        int length = rank() == 0 ? 0 : shape[rank() - 1];
        if (rank() != places.rank() || length == 0 || places.rank() == 0) {
            return null;
        }
        int each = places.shape[rank() - 1];
        double[] out = new double[places.data.length];
        for (int i = 0; i < out.length; i++) {
            int index = (int) (places.data[i] < 0 ? places.data[i] + length : places.data[i]);
            if (index < 0 || index >= length || i / each * length + index >= data.length) {
                return null;
            }
            out[i] = data[i / each * length + index];
        }
        return new Cells(out, places.shape, whole);
    }

    /** Single elements, from the places that the last axis of another tensor says; null if one is not there. */
    Cells gatherPlaces(Cells places) {
        if (rank() == 0 || places.rank() == 0 || places.shape[places.rank() - 1] != rank()) {
            return null;
        }
        double[] out = new double[places.data.length / rank()];
        for (int i = 0; i < out.length; i++) {
            int from = 0;
            for (int d = 0; d < rank(); d++) {
                int place = (int) places.data[i * rank() + d];
                if (place < 0 || place >= shape[d]) {
                    return null;
                }
                from = from * shape[d] + place;
            }
            out[i] = data[from];
        }
        return new Cells(out, Arrays.copyOf(places.shape, places.rank() - 1), whole);
    }

    /** Joined along the last axis; null if another dimension differs. */
    Cells join(Cells other) {
        int last = rank() - 1;
        if (last < 0 || other.rank() != rank()
                || !Arrays.equals(shape, 0, last, other.shape, 0, last)) {
            return null;
        }
        int[] to = shape.clone();
        to[last] += other.shape[last];
        if (size(to) > MOST) {
            return null;
        }
        double[] out = new double[data.length + other.data.length];
        for (int i = 0; i < out.length; i++) {
            int place = i % to[last];
            out[i] = place < shape[last]
                    ? data[i / to[last] * shape[last] + place]
                    : other.data[i / to[last] * other.shape[last] + place - shape[last]];
        }
        return new Cells(out, to, whole && other.whole);
    }

    /** The sum of an element and all before it along the last axis. */
    Cells summedUp() {
        double[] out = data.clone();
        int length = shape[rank() - 1];
        for (int i = 1; i < out.length; i++) {
            out[i] += i % length == 0 ? 0 : out[i - 1];
        }
        return new Cells(out, shape, whole);
    }
}
