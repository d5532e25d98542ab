package dev.lanewise.generation;

/**
 * Ids by their keys, the smallest key first and of equal keys the lower id: a heap, so that the first few of a whole
 * vocabulary cost little more than one look at each. Not thread-safe; allocates nothing after its construction.
 */
final class Ranking {
    private final double[] keys; // [vocabulary], of the ids that were added
    private final int[] heap; // [vocabulary], of which the first are used
    private int size;

    Ranking(int vocabulary) {
        keys = new double[vocabulary];
        heap = new int[vocabulary];
    }

    void clear() {
        size = 0;
    }

    int size() {
        return size;
    }

    /** The ids in the order in which they were added, before {@link #order}. */
    int unordered(int index) {
        return heap[index];
    }

    /** Adds an id; {@link #order} has to follow the last one. */
    void add(int id, double key) {
        keys[id] = key;
        heap[size++] = id;
    }

    /** All ids are there: puts the first one on top. */
    void order() {
        for (int i = size / 2 - 1; i >= 0; i--) {
            sink(i);
        }
    }

    double key(int id) {
        return keys[id];
    }

    /** Takes the first id out. */
    int take() {
        int first = heap[0];
        heap[0] = heap[--size];
        sink(0);
        return first;
    }

    private void sink(int at) {
        int id = heap[at];
        for (;;) {
            int child = 2 * at + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && isBefore(heap[child + 1], heap[child])) {
                child++;
            }
            if (!isBefore(heap[child], id)) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = id;
    }

    private boolean isBefore(int a, int b) {
        return keys[a] < keys[b] || keys[a] == keys[b] && a < b;
    }
}
