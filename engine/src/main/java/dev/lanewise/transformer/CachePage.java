package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.tensor.DataType;
import java.nio.ByteBuffer;

/**
 * The keys and values of some tokens in one layer, all heads, in the order in which attention reads them; as floats, or in
 * fewer bits.
 */
sealed interface CachePage {

    /**
     * Where what lies in a page: the keys of all heads, {@code [heads][tokens / 32][headSize][32]}, then the values of all heads,
     * {@code [heads][headSize / 16][tokens][16]}.
     *
     * @param tokens of a page: a multiple of 32
     */
    record Plan(int heads, int headSize, int tokens) {

        /** The head size, filled up to whole panels of values. */
        int valueSize() {
            return Math.ceilDiv(headSize, Kernels.VALUE_PANEL) * Kernels.VALUE_PANEL;
        }

        /** Where the keys of a head begin. */
        int keysAt(int head) {
            return head * tokens * headSize;
        }

        /** Where the values of a head begin. */
        int valuesAt(int head) {
            return heads * tokens * headSize + head * tokens * valueSize();
        }

        /** How many elements a page has. */
        int size() {
            return Math.multiplyExact(heads * tokens, headSize + valueSize());
        }

        /** Where element i of the key of a token lies, from {@link #keysAt} on. */
        private int key(int token, int i) {
            return (token / Kernels.KEY_PANEL * headSize + i) * Kernels.KEY_PANEL + token % Kernels.KEY_PANEL;
        }

        /** Where element i of the value of a token lies, from {@link #valuesAt} on. */
        private int value(int token, int i) {
            return (i / Kernels.VALUE_PANEL * tokens + token) * Kernels.VALUE_PANEL + i % Kernels.VALUE_PANEL;
        }

        /** Blocks of {@value Bytes#BLOCK} elements of a head, the last filled up: each has a scale. */
        int blocks() {
            return Math.ceilDiv(valueSize(), Bytes.BLOCK);
        }
    }

    /** An empty page of {@code F32}, {@code BF16} or {@code Q8_0}. */
    static CachePage of(DataType type, Plan plan) {
        if (type == DataType.F32) {
            return new Floats(new float[plan.size()]);
        }
        return type == DataType.BF16
                ? new Brains(new short[plan.size()])
                : new Bytes(new byte[plan.size()], new float[2 * plan.heads() * plan.blocks() * plan.tokens()]);
    }

    /** Bytes of a page. */
    static long bytes(DataType type, Plan plan) {
        return type.codeBytes(plan.size())
                + (type.quantized() ? 8L * plan.heads() * plan.blocks() * plan.tokens() : 0);
    }

    /**
     * Writes keys and values of one head behind those of {@code place} tokens.
     *
     * @param keys {@code [count][stride]}, from {@code at} on
     * @param values {@code [count][stride]}, from {@code at} on
     */
    void write(Kernels kernels, Plan plan, int head, int place, float[] keys, float[] values, int at, int stride,
            int count);

    /**
     * The first {@code count} tokens of one head as floats: its own memory, or unpacked, the keys of the head first.
     *
     * @param room where to unpack to, {@code [tokens * (headSize + valueSize)]}; may be null for floats
     */
    float[] read(Kernels kernels, Plan plan, int head, int count, float[] room);

    /** The same in memory of its own. */
    CachePage copy();

    /** Writes all of it. */
    void save(ByteBuffer out);

    /** Reads what {@link #save} wrote. */
    void load(ByteBuffer in);

    /** 32-bit floats: attention reads them where they are. */
    record Floats(float[] x) implements CachePage {
        @Override
        public void write(Kernels kernels, Plan plan, int head, int place, float[] keys, float[] values, int at,
                int stride, int count) {
            Kernels.appendKeys(x, plan.keysAt(head), place, keys, at, stride, count, plan.headSize());
            Kernels.packValues(x, plan.valuesAt(head) + place * Kernels.VALUE_PANEL, plan.tokens(), values, at, stride,
                    count,
                    plan.headSize());
        }

        @Override
        public float[] read(Kernels kernels, Plan plan, int head, int count, float[] out) {
            return x;
        }

        /** Takes the first {@code count} tokens of another page, which may have been planned for fewer. */
        void take(Floats from, Plan fromPlan, Plan plan, int count) {
            int keys = Math.ceilDiv(count, Kernels.KEY_PANEL) * Kernels.KEY_PANEL * plan.headSize();
            for (int head = 0; head < plan.heads(); head++) {
                System.arraycopy(from.x, fromPlan.keysAt(head), x, plan.keysAt(head), keys);
                for (int i = 0; i < plan.valueSize(); i += Kernels.VALUE_PANEL) {
                    System.arraycopy(from.x, fromPlan.valuesAt(head) + i * fromPlan.tokens(), x,
                            plan.valuesAt(head) + i * plan.tokens(), count * Kernels.VALUE_PANEL);
                }
            }
        }

        @Override
        public CachePage copy() {
            return new Floats(x.clone());
        }

        @Override
        public void save(ByteBuffer out) {
            out.asFloatBuffer().put(x);
        }

        @Override
        public void load(ByteBuffer in) {
            in.asFloatBuffer().get(x);
        }
    }

    /** bfloat16, rounded to nearest. */
    record Brains(short[] x) implements CachePage {
        @Override
        public void write(Kernels kernels, Plan plan, int head, int place, float[] keys, float[] values, int at,
                int stride, int count) {
            for (int token = 0; token < count; token++) {
                int from = at + token * stride;
                int key = plan.keysAt(head) + plan.key(place + token, 0);
                int value = plan.valuesAt(head) + plan.value(place + token, 0);
                for (int i = 0; i < plan.headSize(); i++) {
                    x[key + i * Kernels.KEY_PANEL] = narrow(keys[from + i]);
                    int panel = i & -Kernels.VALUE_PANEL;
                    x[value + panel * plan.tokens() + i - panel] = narrow(values[from + i]);
                }
            }
        }

        private static short narrow(float x) {
            int bits = Float.floatToRawIntBits(x);
            return (short) ((bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16); // to nearest, ties to even
        }

        @Override
        public float[] read(Kernels kernels, Plan plan, int head, int count, float[] out) {
            int keys = Math.ceilDiv(count, Kernels.KEY_PANEL) * Kernels.KEY_PANEL;
            kernels.unpack16(out, 0, x, plan.keysAt(head), keys * plan.headSize());
            for (int i = 0; i < plan.valueSize(); i += Kernels.VALUE_PANEL) {
                kernels.unpack16(out, plan.tokens() * plan.headSize() + i * plan.tokens(), x,
                        plan.valuesAt(head) + i * plan.tokens(),
                        count * Kernels.VALUE_PANEL);
            }
            return out;
        }

        @Override
        public CachePage copy() {
            return new Brains(x.clone());
        }

        @Override
        public void save(ByteBuffer out) {
            out.asShortBuffer().put(x);
        }

        @Override
        public void load(ByteBuffer in) {
            in.asShortBuffer().get(x);
        }
    }

    /**
     * A byte for each element, and a scale for each block of {@value #BLOCK} elements of a key or a value: its largest
     * magnitude, divided by 127.
     *
     * @param scales of the keys {@code [heads][blocks][tokens]}, then of the values
     */
    record Bytes(byte[] x, float[] scales) implements CachePage {
        static final int BLOCK = 32;

        @Override
        public void write(Kernels kernels, Plan plan, int head, int place, float[] keys, float[] values, int at,
                int stride, int count) {
            for (int token = 0; token < count; token++) {
                for (int block = 0; block < plan.blocks(); block++) {
                    int first = block * BLOCK;
                    int last = Math.min(first + BLOCK, plan.headSize());
                    int from = at + token * stride;
                    float factor = scale(plan, keysScale(plan, head, block) + place + token, keys, from, first, last);
                    for (int i = first; i < last; i++) {
                        x[plan.keysAt(head) + plan.key(place + token, i)] = code(keys[from + i], factor);
                    }
                    factor = scale(plan, valuesScale(plan, head, block) + place + token, values, from, first, last);
                    for (int i = first; i < last; i++) {
                        x[plan.valuesAt(head) + plan.value(place + token, i)] = code(values[from + i], factor);
                    }
                }
            }
        }

        /** Keeps the scale of a block, and returns what its elements are multiplied with. */
        private float scale(Plan plan, int scaleAt, float[] from, int at, int first, int last) {
            float largest = 0;
            for (int i = first; i < last; i++) {
                largest = Math.max(largest, Math.abs(from[at + i]));
            }
            scales[scaleAt] = largest / 127;
            return largest == 0 ? 0 : 127 / largest;
        }

        private static byte code(float x, float factor) {
            return (byte) Math.round(x * factor);
        }

        private static int keysScale(Plan plan, int head, int block) {
            return (head * plan.blocks() + block) * plan.tokens();
        }

        private static int valuesScale(Plan plan, int head, int block) {
            return keysScale(plan, plan.heads() + head, block);
        }

        @Override
        public float[] read(Kernels kernels, Plan plan, int head, int count, float[] out) {
            int size = plan.headSize();
            for (int token = 0; token < count; token += Kernels.KEY_PANEL) {
                for (int block = 0; block * BLOCK < size; block++) {
                    int rows = Math.min(BLOCK, size - block * BLOCK);
                    int panel = token * size + block * BLOCK * Kernels.KEY_PANEL;
                    kernels.unpackKeys8(out, panel, x, plan.keysAt(head) + panel, rows, scales,
                            keysScale(plan, head, block) + token);
                }
            }
            for (int i = 0; i < plan.valueSize(); i += Kernels.VALUE_PANEL) {
                kernels.unpackValues8(out, plan.tokens() * plan.headSize() + i * plan.tokens(), x,
                        plan.valuesAt(head) + i * plan.tokens(), count, scales,
                        valuesScale(plan, head, i / BLOCK));
            }
            return out;
        }

        @Override
        public CachePage copy() {
            return new Bytes(x.clone(), scales.clone());
        }

        @Override
        public void save(ByteBuffer out) {
            out.put(x);
            out.asFloatBuffer().put(scales);
        }

        @Override
        public void load(ByteBuffer in) {
            in.get(x);
            in.asFloatBuffer().get(scales);
        }
    }
}
