package dev.lanewise.kernel;

import dev.lanewise.tensor.DataType;
import java.lang.foreign.MemorySegment;

/**
 * The kernels on vectors of the width that {@link Simd} fixed when this class was loaded. While a kernel is being warmed up,
 * its scalar twin computes.
 */
public final class VectorKernels implements Kernels {
    private static final ScalarKernels TWINS = new ScalarKernels();

    /** The vector kernels have no state. */
    public VectorKernels() {}

    @Override
    public int vectorBits() {
        return Simd.FLOATS.vectorBitSize();
    }

    @Override
    public int rowTile() {
        return VectorProduct.ROWS;
    }

    @Override
    public int queryTile() {
        return VectorAttention.TILE;
    }

    @Override
    public int attentionScratch(int headSize) {
        return VectorAttention.scratch(headSize);
    }

    @Override
    public void packRows(float[] packed, int packedAt, float[] x, int xAt, int stride, int rows, int width) {
        if (WarmUp.coldProduct && rows > WarmUp.FEW_ROWS) {
            WarmUp.awaitProduct();
        }
        VectorProduct.packRows(packed, packedAt, x, xAt, stride, rows, width);
    }

    @Override
    public void multiply(float[] y, int yAt, int stride, float[] packed, int packedAt, int rows, int inputs,
            DataType type, MemorySegment weights, long weightsAt, int panels, MemorySegment bias, long biasAt,
            WeightScratch scratch) {
        if (WarmUp.coldProduct && type == DataType.F32) {
            ColdProduct.multiply(y, yAt, stride, packed, packedAt, rows, inputs, weights, weightsAt, panels, bias,
                    biasAt);
            return;
        }
        VectorProduct.multiply(y, yAt, stride, packed, packedAt, rows, inputs, type, weights, weightsAt, panels, bias,
                biasAt, scratch);
    }

    @Override
    public void multiplyVector(float[] y, int yAt, float[] x, int xAt, int inputs, DataType type,
            MemorySegment weights, long weightsAt, int panels, MemorySegment bias, long biasAt,
            WeightScratch scratch) {
        VectorMatrixVector.multiply(y, yAt, x, xAt, inputs, type, weights, weightsAt, panels, bias, biasAt,
                scratch);
    }

    @Override
    public void round(RoundedRows rounded, int tile, float[] x, int xAt, int stride, int rows, int inputs,
            WeightScratch scratch) {
        VectorRounded.round(rounded, tile, x, xAt, stride, rows, inputs, scratch.words());
    }

    @Override
    public void multiplyRounded(float[] y, int yAt, int stride, RoundedRows x, int tile, int rows, int inputs,
            DataType type, MemorySegment weights, long weightsAt, int panels, MemorySegment bias, long biasAt,
            WeightScratch scratch) {
        VectorRounded.multiply(y, yAt, stride, x, tile, rows, inputs, type, weights, weightsAt, panels, bias, biasAt,
                scratch);
    }

    @Override
    public void packKeys(float[] panels, int panelsAt, float[] keys, int keysAt, int stride, int count, int headSize) {
        VectorAttention.packKeys(panels, panelsAt, keys, keysAt, stride, count, headSize);
    }

    @Override
    public void attend(float[] out, int outAt, int outStride, float[] query, int queryAt, int queryStride, int queries,
            int place, float[][] keyPages, int keysAt, float[][] valuePages, int valuesAt, int valuePanelRows,
            int pageKeys, int keys, int headSize, ScoreRule rule, float[] bias, int biasAt, float[] scratch) {
        if (queries == 1 ? WarmUp.coldSingle : WarmUp.coldAttention) {
            TWINS.attend(out, outAt, outStride, query, queryAt, queryStride, queries, place, keyPages, keysAt,
                    valuePages, valuesAt, valuePanelRows, pageKeys, keys, headSize, rule, bias, biasAt, scratch);
            return;
        }
        if (queries == 1) {
            VectorSingleAttention.attend(out, outAt, query, queryAt, 1, place, null, keyPages, keysAt, valuePages,
                    valuesAt,
                    valuePanelRows, pageKeys, keys, headSize, rule, bias, biasAt, scratch);
            return;
        }
        VectorAttention.attend(out, outAt, outStride, query, queryAt, queryStride, queries, place, keyPages, keysAt,
                valuePages, valuesAt, valuePanelRows, pageKeys, keys, headSize, rule, bias, biasAt, scratch);
    }

    @Override
    public void attendGroup(float[] out, int outAt, float[] query, int queryAt, int heads, int place, HeadPages pages,
            int keysAt, int valuesAt, int valuePanelRows, int pageKeys, int keys, int headSize, ScoreRule rule,
            float[] scratch) {
        if (WarmUp.coldSingle) {
            TWINS.attendGroup(out, outAt, query, queryAt, heads, place, pages, keysAt, valuesAt, valuePanelRows,
                    pageKeys, keys, headSize, rule, scratch);
            return;
        }
        VectorSingleAttention.attend(out, outAt, query, queryAt, heads, place, pages, null, keysAt, null, valuesAt,
                valuePanelRows, pageKeys, keys, headSize, rule, null, 0, scratch);
    }

    @Override
    public void unpack16(float[] out, int outAt, short[] x, int at, int count) {
        VectorUnpack.bfloats(out, outAt, x, at, count);
    }

    @Override
    public void unpackKeys8(float[] out, int outAt, byte[] x, int at, int rows, float[] scales, int scalesAt) {
        VectorUnpack.keys(out, outAt, x, at, rows, scales, scalesAt);
    }

    @Override
    public void unpackValues8(float[] out, int outAt, byte[] x, int at, int rows, float[] scales, int scalesAt) {
        VectorUnpack.values(out, outAt, x, at, rows, scales, scalesAt);
    }

    @Override
    public void layerNorm(float[] out, int outAt, float[] x, int xAt, int width, MemorySegment weight,
            MemorySegment bias, float epsilon) {
        if (WarmUp.coldNorm) {
            TWINS.layerNorm(out, outAt, x, xAt, width, weight, bias, epsilon);
            return;
        }
        VectorNorm.layer(out, outAt, x, xAt, width, weight, bias, epsilon);
    }

    @Override
    public void rmsNorm(float[] out, int outAt, float[] x, int xAt, int width, MemorySegment weight, long weightAt,
            float epsilon) {
        if (WarmUp.coldNorm) {
            TWINS.rmsNorm(out, outAt, x, xAt, width, weight, weightAt, epsilon);
            return;
        }
        VectorNorm.rms(out, outAt, x, xAt, width, weight, weightAt, epsilon);
    }

    @Override
    public void rotate(float[] x, int at, int half, float[] cosines, float[] sines, int tableAt) {
        if (WarmUp.coldNorm) {
            TWINS.rotate(x, at, half, cosines, sines, tableAt);
            return;
        }
        VectorRows.rotate(x, at, half, cosines, sines, tableAt);
    }

    @Override
    public void gelu(float[] x, int at, int count) {
        if (WarmUp.coldActivations) {
            TWINS.gelu(x, at, count);
        } else {
            VectorActivation.gelu(x, at, count);
        }
    }

    @Override
    public void geluTanh(float[] x, int at, int count) {
        if (WarmUp.coldActivations) {
            TWINS.geluTanh(x, at, count);
        } else {
            VectorActivation.geluTanh(x, at, count);
        }
    }

    @Override
    public void silu(float[] x, int at, int count) {
        if (WarmUp.coldActivations) {
            TWINS.silu(x, at, count);
        } else {
            VectorActivation.silu(x, at, count);
        }
    }

    @Override
    public void relu(float[] x, int at, int count) {
        if (WarmUp.coldActivations) {
            TWINS.relu(x, at, count);
        } else {
            VectorActivation.relu(x, at, count);
        }
    }

    @Override
    public void addRow(float[] out, int outAt, MemorySegment row, long rowAt, int count) {
        if (WarmUp.coldNorm) {
            TWINS.addRow(out, outAt, row, rowAt, count);
            return;
        }
        VectorRows.addRow(out, outAt, row, rowAt, count);
    }

    @Override
    public void addRow16(float[] out, int outAt, MemorySegment row, long rowAt, int count, boolean bfloat) {
        VectorRows.addRow16(out, outAt, row, rowAt, count, bfloat);
    }

    @Override
    public void addScaled(float[] out, int outAt, float[] x, int xAt, float factor, int count) {
        if (WarmUp.coldNorm) {
            TWINS.addScaled(out, outAt, x, xAt, factor, count);
            return;
        }
        VectorRows.addScaled(out, outAt, x, xAt, factor, count);
    }

    @Override
    public void multiplyBy(float[] x, int at, float[] y, int yAt, int count) {
        if (WarmUp.coldNorm) {
            TWINS.multiplyBy(x, at, y, yAt, count);
            return;
        }
        VectorRows.multiplyBy(x, at, y, yAt, count);
    }

    @Override
    public void softCap(float[] x, int at, int count, float cap) {
        if (WarmUp.coldActivations) {
            TWINS.softCap(x, at, count, cap);
            return;
        }
        VectorActivation.softCap(x, at, count, cap, ScalarMath.LOG2_E, ScalarMath.LN_2);
    }

    @Override
    public float maximum(float[] x, int at, int count) {
        return WarmUp.coldNorm ? TWINS.maximum(x, at, count) : VectorRows.maximum(x, at, count);
    }

    @Override
    public float sumOfExponentials(float[] x, int at, int count, float maximum, float[] scratch) {
        return WarmUp.coldNorm
                ? TWINS.sumOfExponentials(x, at, count, maximum, scratch)
                : VectorRows.sumOfExponentials(x, at, count, maximum, scratch);
    }
}
