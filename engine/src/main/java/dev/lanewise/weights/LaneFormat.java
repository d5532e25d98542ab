package dev.lanewise.weights;

import dev.lanewise.tensor.TensorInfo;

/** The constants of the {@code .lane} layout; see {@code docs/lane-format.md}. */
public final class LaneFormat {
    /** 0x89 "LANE" CR LF: not text, not damaged by a transfer as text; in the file's little-endian order. */
    public static final long MAGIC = 0x1A0A0D454E414C89L;
    public static final int VERSION = 2;
    /** The last version in which the scales of a panel came behind all its codes; what has no blocks is written as this one. */
    public static final int VERSION_OF_APART_SCALES = 1;

    public static final int MAGIC_AT = 0;
    public static final int VERSION_AT = 8;
    public static final int CHECKSUM_AT = 12;
    /** The checksum of the head covers everything from here to the end of the directory. */
    public static final int CHECKED_FROM = 16;
    public static final int FILE_SIZE_AT = 16;
    public static final int METADATA_LENGTH_AT = 24;
    public static final int DIRECTORY_LENGTH_AT = 32;
    public static final int TENSORS_AT = 40;
    public static final int RESERVED_AT = 44;
    public static final int HEADER_BYTES = 64;

    /** Tensors begin at multiples of this many bytes: a cache line, and a 512-bit vector. */
    public static final int ALIGNMENT = 64;
    /** Metadata and directory must not exceed this many bytes each; the largest vocabularies need about 10 MB. */
    public static final long LARGEST_PART = 64L << 20;
    /** What becomes objects is bounded as well, whatever fits into a part: entries of the metadata ... */
    public static final int MOST_KEYS = 1 << 16;
    /** ... texts of one list (the largest vocabularies have 260,000) ... */
    public static final int MOST_TEXTS = 1 << 21;
    /** ... and tensors (the largest models have 100,000). */
    public static final int MOST_TENSORS = 1 << 18;
    /** Dimensions must not exceed this, so that padded ones fit an {@code int}. */
    public static final int LARGEST_DIMENSION = Integer.MAX_VALUE - 2 * TensorInfo.PAD;
    /** Name length, type, layout, rank, one dimension, offset, length, checksum: the least an entry can take. */
    public static final int SMALLEST_ENTRY = 1 + 1 + 3 + 4 + 8 + 8 + 4;

    /**
     * Metadata are a count, then entries in ascending order of their keys: length of the key (1 byte), key, type (1 byte), value.
     * The order makes every key unique and every encoding canonical. These are the types.
     */
    public static final int BOOL = 0;
    public static final int INTEGER = 1;
    public static final int NUMBER = 2;
    public static final int STRING = 3;
    public static final int INTEGERS = 4;
    public static final int NUMBERS = 5;
    public static final int STRINGS = 6;

    private LaneFormat() {}

    /** Where a tensor begins, at the earliest, if the one before it ends there. */
    public static long aligned(long offset) {
        return Math.addExact(offset, ALIGNMENT - 1) & -ALIGNMENT;
    }
}
