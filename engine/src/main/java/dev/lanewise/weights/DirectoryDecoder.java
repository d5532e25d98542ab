package dev.lanewise.weights;

import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.weights.LaneFile.Entry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the directory of tensors from the bytes of a file. Whatever it says fits the file, or is refused. */
final class DirectoryDecoder {
    private final HeaderReader in;
    private final int version;
    private final long headEnd;
    private final long fileSize;

    /**
     * @param in the directory, from its beginning to its end
     * @param version of the file
     * @param headEnd where the first tensor may begin
     */
    DirectoryDecoder(HeaderReader in, int version, long headEnd, long fileSize) {
        this.in = in;
        this.version = version;
        this.headEnd = headEnd;
        this.fileSize = fileSize;
    }

    /** @param count how many tensors the header says there are */
    Map<String, Entry> decode(int count) {
        long most = Math.min(LaneFormat.MOST_TENSORS, (headEnd - in.position()) / LaneFormat.SMALLEST_ENTRY);
        in.check(count >= 0 && count <= most, LaneFormat.TENSORS_AT, "number of tensors",
                "at most " + most + " (that is the limit, or more do not fit the directory)",
                Integer.toUnsignedString(count));
        Map<String, Entry> entries = LinkedHashMap.newLinkedHashMap(count);
        long next = headEnd;
        for (int i = 0; i < count; i++) {
            long at = in.position();
            Entry entry = entry(next);
            in.check(entries.put(entry.info().name(), entry) == null, at, "tensor name", "a new name",
                    entry.info().name() + " a second time");
            next = entry.offset() + entry.length();
        }
        in.end("directory");
        in.check(next == fileSize, next, "end of the last tensor", "the end of the file",
                fileSize - next + " more bytes");
        return Collections.unmodifiableMap(entries);
    }

    private Entry entry(long previousEnd) {
        long at = in.position();
        String name = in.string(in.u8("length of a tensor name"), "tensor name");
        in.check(Metadata.isKey(name), at, "tensor name", "lower-case words joined by dots", Metadata.quoted(name));
        String field = "tensor " + name;
        int typeId = in.u8(field);
        DataType type = DataType.ofId(typeId);
        in.check(type != null, at, field + ", type", "a known data type", Integer.toString(typeId));
        int layoutId = in.u8(field);
        Layout layout = Layout.ofId(layoutId);
        in.check(layout != null, at, field + ", layout", "a known layout", Integer.toString(layoutId));
        int rank = in.u8(field);
        in.check(rank == 2 || rank == 1 && layout == Layout.ROWS, at, field + ", rank",
                layout == Layout.ROWS ? "1 or 2" : "2", Integer.toString(rank));
        List<Integer> shape = new ArrayList<>(rank);
        for (int i = 0; i < rank; i++) {
            int dimension = in.i32(field);
            in.check(dimension >= 1 && dimension <= LaneFormat.LARGEST_DIMENSION, at, field + ", dimension " + i,
                    "1 to " + LaneFormat.LARGEST_DIMENSION, Integer.toUnsignedString(dimension));
            shape.add(dimension);
        }
        long offset = in.i64(field);
        long length = in.i64(field);
        in.check(type.fits(layout, shape.getLast()), at,
                field + ", shape", "a layout and a multiple of " + type.block() + " elements for " + type,
                layout + " " + shape);
        in.check(!type.quantized() || version > LaneFormat.VERSION_OF_APART_SCALES, at,
                field + ", type", "no blocks in a file of version " + LaneFormat.VERSION_OF_APART_SCALES,
                type + " (converted before the first release; convert it again)");
        TensorInfo info = new TensorInfo(name, type, layout, shape);
        // The layout is canonical: tensors follow each other at the next aligned offset, so none can overlap.
        in.check(offset == LaneFormat.aligned(previousEnd), at, field + ", offset",
                Long.toString(LaneFormat.aligned(previousEnd)), Long.toUnsignedString(offset));
        in.check(length == info.bytes(), at, field + ", length", info.bytes() + " bytes for " + type + " " + shape,
                Long.toUnsignedString(length));
        in.check(length <= fileSize - offset, at, field + ", end", "within the file",
                length + " bytes from " + offset + " on");
        return new Entry(info, offset, length, in.i32(field));
    }
}
