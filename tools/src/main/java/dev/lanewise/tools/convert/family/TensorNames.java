package dev.lanewise.tools.convert.family;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Under which names, and in which order of rows, a source keeps the tensors of a decoder.
 *
 * @param prefix what {@code ~} stands for, of several with {@code |} between them the one that is there; absent in sources
 *     that were saved without their head
 * @param modules by name in the specification, without the layer ("attention.query", "feed_forward.experts.up"): the name in
 *     the source, with {@code {layer}}, {@code {expert}} and {@code {head}} for numbers; of names with {@code |} between
 *     them, the first that is there. Queries, keys and values
 *     that share a name are stacked in one tensor, and so are gate and up; experts whose names lack the number are
 *     stacked as well
 * @param interleaved whether such a stack holds the queries of a head of keys, that head, and its values, then the next;
 *     otherwise all queries, all keys, all values
 * @param transposed whether the layers' matrices are stored [in][out]
 * @param neighbours whether a rotation pairs neighbours, not halves
 * @param plusOne whether norms lack the 1 that is added to their weights
 */
public record TensorNames(String prefix, Map<String, String> modules, boolean interleaved, boolean transposed,
        boolean neighbours, boolean plusOne) {

    /** Takes a copy. */
    public TensorNames {
        modules = Map.copyOf(modules);
    }

    /** A table: on each line a name of the specification and one of the source. */
    public static TensorNames of(String prefix, String table) {
        return new TensorNames(prefix, parse(table), false, false, false, false);
    }

    /** The same with other names for some. */
    public TensorNames with(String table) {
        Map<String, String> all = new HashMap<>(modules);
        all.putAll(parse(table));
        return new TensorNames(prefix, all, interleaved, transposed, neighbours, plusOne);
    }

    /** The same behind another prefix. */
    public TensorNames withPrefix(String other) {
        return new TensorNames(other, modules, interleaved, transposed, neighbours, plusOne);
    }

    /** The same, stacks ordered by the heads of keys. */
    public TensorNames withInterleavedHeads() {
        return new TensorNames(prefix, modules, true, transposed, neighbours, plusOne);
    }

    /** The same, matrices stored [in][out]. */
    public TensorNames withTransposedMatrices() {
        return new TensorNames(prefix, modules, interleaved, true, neighbours, plusOne);
    }

    /** The same, rotations in pairs of neighbours. */
    public TensorNames withNeighbours() {
        return new TensorNames(prefix, modules, interleaved, transposed, true, plusOne);
    }

    /** The same, 1 added to the weights of norms. */
    public TensorNames withPlusOne() {
        return new TensorNames(prefix, modules, interleaved, transposed, neighbours, true);
    }

    private static Map<String, String> parse(String table) {
        Map<String, String> names = new LinkedHashMap<>();
        table.lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(line -> {
            String[] words = line.split("\\s+");
            names.put(words[0], words[1]);
        });
        return names;
    }
}
