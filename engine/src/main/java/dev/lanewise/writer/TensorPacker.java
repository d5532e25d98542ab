package dev.lanewise.writer;

import dev.lanewise.tensor.Code;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Turns the rows of a tensor into the bytes of its type and layout, a panel of 32 rows or some rows at a time. */
public final class TensorPacker {
    private static final int PAD = TensorInfo.PAD;
    /** Elements of a block of Q8_0. */
    private static final int BLOCK = 32;
    /** Rows are collected up to this many bytes, so that a table is not written row by row. */
    private static final int PIECE_BYTES = 1 << 16;

    private final TensorInfo tensor;
    private final TensorRows rows;
    private final QuantizedRows blocks; // the same rows, where they are of the tensor's type already; otherwise null
    private final int rowsAtATime;
    private final float[][] floats; // [rows at a time][columns]; none where there are blocks
    private final QuantizedPanel panel; // of a quantised type, otherwise null
    private final byte[] codes; // of a row of blocks
    private final byte[] scales; // of a row of blocks
    private final float[] scaling; // of a row of blocks: 16-bit floats, or those of the row
    private final ByteBuffer piece;
    private int row;

    /** Packs one tensor from the rows that its source gives. */
    public TensorPacker(TensorInfo tensor, TensorRows rows) {
        this.tensor = tensor;
        this.rows = rows;
        int columns = tensor.columns();
        boolean panels = tensor.layout() == Layout.PANELS;
        DataType type = tensor.type();
        long rowBytes = type.rowBytes(columns);
        blocks = rows instanceof QuantizedRows stored && stored.type() == tensor.type() ? stored : null;
        rowsAtATime = panels ? PAD : Math.clamp(PIECE_BYTES / rowBytes, 1, tensor.rows());
        floats = new float[blocks == null ? rowsAtATime : 0][columns];
        panel = panels && type.quantized() ? new QuantizedPanel(type, columns) : null;
        codes = new byte[type.quantized() ? columns : 0];
        scales = new byte[codes.length / type.block() * type.scaleCodes()];
        scaling = new float[codes.length / type.block() * type.halves() + type.rowFloats()];
        piece = ByteBuffer
                .allocateDirect(Math.toIntExact(panels ? type.panelBytes(columns) : rowsAtATime * rowBytes))
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The next bytes, valid until the next call, or null after the last. */
    public ByteBuffer next() throws IOException {
        int n = Math.min(rowsAtATime, tensor.rows() - row);
        if (n <= 0) {
            return null;
        }
        piece.clear();
        if (blocks != null) {
            packBlocks(n);
            return piece.flip();
        }
        for (int i = 0; i < n; i++) {
            rows.read(row, floats[i]);
            check(floats[i], row++);
        }
        if (tensor.layout() == Layout.PANELS) {
            for (int i = n; i < PAD; i++) {
                Arrays.fill(floats[i], 0);
            }
            packPanel();
        } else {
            for (int i = 0; i < n; i++) {
                packRow(floats[i]);
            }
        }
        return piece.flip();
    }

    /** Rows of codes as they are; rows below the last of a panel are zeros. */
    private void packBlocks(int n) throws IOException {
        for (int i = 0; i < n; i++) {
            blocks.readBlocks(row, codes, scales, scaling);
            if (!isFinite(tensor.type(), scales, scaling)) {
                throw new ArithmeticException("tensor " + tensor.name() + ", row " + row
                        + ": a scale that is not finite; the source is damaged");
            }
            if (panel == null) {
                packCodes();
            } else {
                panel.put(i, codes, scales, scaling);
            }
            row++;
        }
        if (panel == null) {
            return;
        }
        Arrays.fill(codes, (byte) 0);
        Arrays.fill(scales, (byte) 0);
        Arrays.fill(scaling, 0);
        for (int i = n; i < PAD; i++) {
            panel.put(i, codes, scales, scaling);
        }
        panel.write(piece);
    }

    /** A row of a table of codes of 8 bits. */
    private void packCodes() {
        if (tensor.type() == DataType.Q8_0) {
            for (int i = 0; i < scaling.length; i++) {
                piece.putShort(Float.floatToFloat16(scaling[i])).put(codes, i * BLOCK, BLOCK);
            }
            return;
        }
        for (float number : scaling) {
            piece.putFloat(number);
        }
        piece.put(codes);
        for (int i = codes.length; i < TensorInfo.padded(codes.length); i++) {
            piece.put((byte) 0);
        }
    }

    private static boolean isFinite(DataType type, byte[] scales, float[] scaling) {
        boolean finite = true;
        for (float number : scaling) {
            finite &= Float.isFinite(number);
        }
        if (type.scaleCode() != null && type.scaleCode().meaning() == Code.Meaning.EXPONENT) {
            for (byte exponent : scales) {
                finite &= (exponent & 0xFF) <= Code.LARGEST_EXPONENT;
            }
        }
        return finite;
    }

    private void packRow(float[] values) {
        if (tensor.type().quantized()) {
            int count = tensor.type() == DataType.Q8_0 ? BLOCK : values.length; // that have a scale in common
            for (int from = 0; from < values.length; from += count) {
                scaling[from / count] = QuantizedPanel.bytes(values, from, count, codes);
            }
            packCodes();
            return;
        }
        for (int i = 0; i < TensorInfo.padded(values.length); i++) {
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
        if (tensor.type().quantized()) {
            for (int output = 0; output < PAD; output++) {
                panel.quantize(output, floats[output]);
            }
            panel.write(piece);
        } else if (tensor.type() == DataType.F32) {
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
        if (!tensor.type().roundsFloats()) {
            throw new IllegalArgumentException("floats are not rounded to " + tensor.type());
        }
        if (!(largest <= tensor.type().largest())) {
            throw new ArithmeticException("tensor " + tensor.name() + ", row " + at + ": " + largest
                    + " has no finite " + tensor.type() + " value"
                    + (Float.isFinite(largest) ? "; choose bf16 or f32" : "; the source is damaged"));
        }
    }
}
