package dev.lanewise.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Turns the rows of a tensor into the bytes of its type and layout, one row or one panel of 32 rows at a time. */
final class TensorPacker {
    private static final int PAD = TensorInfo.PAD;

    private final TensorInfo tensor;
    private final TensorRows rows;
    private final float[][] floats; // [1 or 32][columns]
    private final ByteBuffer piece;
    private int row;

    TensorPacker(TensorInfo tensor, TensorRows rows) {
        this.tensor = tensor;
        this.rows = rows;
        int columns = tensor.columns();
        boolean panels = tensor.layout() == Layout.PANELS;
        floats = new float[panels ? PAD : 1][columns];
        long elements = panels ? (long) PAD * columns : TensorInfo.padded(columns);
        piece = ByteBuffer.allocateDirect(Math.toIntExact(elements * tensor.type().bytes()))
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The next bytes, valid until the next call, or null after the last. */
    ByteBuffer next() throws IOException {
        if (row >= tensor.rows()) {
            return null;
        }
        for (float[] into : floats) {
            if (row < tensor.rows()) {
                rows.read(row++, into);
                check(into, row - 1);
            } else {
                java.util.Arrays.fill(into, 0);
            }
        }
        piece.clear();
        if (tensor.layout() == Layout.PANELS) {
            packPanel();
        } else {
            packRow();
        }
        return piece.rewind();
    }

    private void packRow() {
        float[] values = floats[0];
        for (int i = 0; i < piece.capacity() / tensor.type().bytes(); i++) {
            float x = i < values.length ? values[i] : 0;
            if (tensor.type() == DataType.F32) {
                piece.putFloat(x);
            } else {
                piece.putShort(narrow(x));
            }
        }
    }

    private void packPanel() {
        int columns = tensor.columns();
        if (tensor.type() == DataType.F32) {
            for (int k = 0; k < columns; k++) {
                for (float[] output : floats) {
                    piece.putFloat(output[k]);
                }
            }
        } else {
            for (int k = 0; k < columns; k++) {
                for (int j = 0; j < PAD / 2; j++) {
                    piece.putShort(narrow(floats[j][k])).putShort(narrow(floats[j + PAD / 2][k]));
                }
            }
        }
    }

    private short narrow(float x) {
        if (tensor.type() == DataType.F16) {
            return Float.floatToFloat16(x);
        }
        int bits = Float.floatToRawIntBits(x);
        return (short) ((bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16); // to nearest, ties to even
    }

    /** Weights are finite: one that is not, or that becomes infinite in a narrower type, would spoil every result. */
    private void check(float[] values, int at) {
        float largest = 0;
        for (float x : values) {
            largest = Math.max(largest, Math.abs(x)); // NaN wins
        }
        float limit = switch (tensor.type()) {
            case F32 -> Float.MAX_VALUE;
            case BF16 -> 0x1.FEp127f;
            case F16 -> 65504f;
        };
        if (!(largest <= limit)) {
            throw new ArithmeticException("tensor " + tensor.name() + ", row " + at + ": " + largest
                    + " has no finite " + tensor.type() + " value"
                    + (Float.isFinite(largest) ? "; choose bf16 or f32" : "; the source is damaged"));
        }
    }
}
