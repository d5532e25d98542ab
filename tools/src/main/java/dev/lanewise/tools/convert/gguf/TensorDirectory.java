package dev.lanewise.tools.convert.gguf;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tools.convert.Json;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The list of tensors of a GGUF header, and the places of their elements: one behind the other in the order of the list, each
 * at the next multiple of the alignment, as ggml itself demands. So no two can overlap, and no offset can lie.
 */
final class TensorDirectory {
    private static final int MOST_TENSORS = 200_000;
    private static final int LONGEST_NAME = 255; // bytes; llama.cpp itself allows 63
    private static final int HIGHEST_RANK = 4;
    private static final int SMALLEST_ENTRY = 8 + 1 + 4 + 8 + 4 + 8; // a name of one letter, one dimension

    private final GgufReader in;
    private final String file;
    private final MemorySegment bytes;
    private final List<Entry> entries = new ArrayList<>();

    /**
     * A tensor of the list.
     *
     * @param at where its offset stands in the file
     * @param offset from the begin of all elements
     * @param size of its elements in bytes
     */
    private record Entry(String name, GgufType type, List<Integer> shape, long at, long offset, long size) {}

    /** @param bytes the whole file */
    TensorDirectory(GgufReader in, String file, MemorySegment bytes) {
        this.in = in;
        this.file = file;
        this.bytes = bytes;
    }

    /** How many tensors follow; stands in the header before the metadata. */
    int count() {
        return in.count("number of tensors", SMALLEST_ENTRY, MOST_TENSORS);
    }

    /** Reads the list. */
    void read(int count) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < count; i++) {
            long start = in.position();
            String name = in.text("tensor " + i + ", name", LONGEST_NAME);
            if (name.isEmpty() || !names.add(name)) {
                throw in.failure(start, "tensor " + i + ", name", "a name of its own",
                        name.isEmpty() ? "an empty one" : Json.quoted(name) + " again");
            }
            entries.add(entry(name));
        }
    }

    private Entry entry(String name) {
        String field = field(name);
        int rank = in.i32(field + ", rank");
        in.check(rank >= 1 && rank <= HIGHEST_RANK, 4, field + ", rank", "1 to " + HIGHEST_RANK,
                Integer.toUnsignedString(rank));
        List<Integer> shape = new ArrayList<>(rank);
        long rows = 1;
        for (int i = 0; i < rank; i++) {
            long dimension = in.i64(field + ", shape");
            in.check(dimension >= 1 && dimension <= Integer.MAX_VALUE, 8, field + ", shape",
                    "dimensions from 1 to 2^31 - 1", Long.toString(dimension));
            rows = i == 0 ? 1 : rows * dimension;
            in.check(rows <= Integer.MAX_VALUE, 8, field + ", rows", "at most 2^31 - 1", Long.toString(rows));
            shape.add((int) dimension);
        }
        Collections.reverse(shape);
        int number = in.i32(field + ", type");
        GgufType type = GgufType.of(number).orElseThrow(() -> in.failure(in.position() - 4, field + ", type",
                "the number of a type of ggml", Integer.toUnsignedString(number) + GgufType.removed(number)));
        int columns = shape.getLast();
        in.check(columns % type.blockSize() == 0, 4, field + ", row",
                "a multiple of " + type.blockSize() + " elements for " + type, Integer.toString(columns));
        // At most 2^31 blocks of 292 bytes in 2^31 rows: 2^71, so that it may overflow.
        long rowBytes = (long) (columns / type.blockSize()) * type.blockBytes();
        in.check(Math.multiplyHigh(rows, rowBytes) == 0 && rows * rowBytes >= 0, 4, field + ", size",
                "less than 2^63 bytes", rows + " times " + rowBytes);
        long at = in.position();
        return new Entry(name, type, shape, at, in.i64(field + ", offset"), rows * rowBytes);
    }

    /**
     * Finds the elements of all tensors of the list, which must be read.
     *
     * @param alignment a power of two
     * @return the tensors by name, in the order of the list
     * @throws ModelFormatException if they are elsewhere, or not all in the file
     */
    Map<String, GgufTensor> place(int alignment) {
        Map<String, GgufTensor> tensors = LinkedHashMap.newLinkedHashMap(entries.size());
        long start = align(in.position(), alignment);
        long next = 0;
        for (Entry entry : entries) {
            if (entry.offset != next) {
                throw in.failure(entry.at, field(entry.name) + ", offset",
                        next + ", behind the tensor before it and aligned to " + alignment,
                        Long.toUnsignedString(entry.offset));
            }
            long room = bytes.byteSize() - start - next;
            if (entry.size > room) {
                throw in.failure(Math.min(bytes.byteSize(), start + next), field(entry.name) + ", elements",
                        entry.size + " bytes for " + entry.type + " " + entry.shape, Math.max(0, room)
                                + ", then the end of the file");
            }
            tensors.put(entry.name, new GgufTensor(file, entry.name, entry.type, entry.shape, start + next,
                    bytes.asSlice(start + next, entry.size)));
            next = align(next + entry.size, alignment);
        }
        return tensors;
    }

    private static long align(long offset, int alignment) {
        return offset + alignment - 1 & -alignment;
    }

    private static String field(String name) {
        return "tensor " + Json.quoted(name);
    }
}
