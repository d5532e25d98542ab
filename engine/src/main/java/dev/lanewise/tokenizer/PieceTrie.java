package dev.lanewise.tokenizer;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A set of texts, each with an id, in which a walk along a text finds every member that it begins with. Thread-safe once it is
 * filled.
 *
 * <p>The edges of all nodes lie in one open-addressing hash table of {@code long}s, because a vocabulary has few edges per
 * node and 65,536 possible ones. The hash is drawn at random for each trie: a vocabulary from a stranger cannot be made to
 * collide. Nothing but the time depends on it.
 */
final class PieceTrie {
    /** No such node, no such text. */
    static final int NONE = -1;
    /** The node that every walk begins at. */
    static final int ROOT = 0;
    /** Nodes must fit into 24 bits; the largest published vocabularies need about 5 million. */
    static final int MOST_NODES = 1 << 24;

    private static final int NODE_BITS = 24;
    private static final int CHAR_BITS = 16;

    private final long multiplier = new SplittableRandom().nextLong() | 1;
    /** {@code node << 40 | char << 24 | child}; 0 is free, for the root is nobody's child. */
    private long[] edges;
    private int shift;
    private int[] ids; // [node]
    private int nodes = 1;

    /** @param nodes how many nodes there will be, about: growing in many steps is half of the time of filling */
    PieceTrie(int nodes) {
        int capacity = Integer.highestOneBit(Math.clamp(nodes, 32, MOST_NODES));
        ids = new int[capacity];
        Arrays.fill(ids, NONE);
        edges = new long[capacity * 2];
        shift = Long.SIZE - Integer.numberOfTrailingZeros(edges.length);
    }

    /**
     * Adds a text.
     *
     * @return the id that the text had already, {@link #NONE} if it is new
     * @throws IllegalStateException if there are {@link #MOST_NODES} nodes
     */
    int add(String text, int id) {
        int node = ROOT;
        for (int i = 0; i < text.length(); i++) {
            int child = child(node, text.charAt(i));
            node = child == NONE ? addChild(node, text.charAt(i)) : child;
        }
        int before = ids[node];
        if (before == NONE) {
            ids[node] = id;
        }
        return before;
    }

    /** How many nodes there are. */
    int size() {
        return nodes;
    }

    /** The node that a character leads to, or {@link #NONE}. */
    int child(int node, char c) {
        long key = (long) node << CHAR_BITS | c;
        int mask = edges.length - 1;
        for (int at = slot(key);; at = at + 1 & mask) {
            long edge = edges[at];
            if (edge == 0) {
                return NONE;
            }
            if (edge >>> NODE_BITS == key) {
                return (int) edge & MOST_NODES - 1;
            }
        }
    }

    /** The id of the text that ends at a node, or {@link #NONE}. */
    int id(int node) {
        return ids[node];
    }

    /** The node that a text leads to, or {@link #NONE}. */
    int node(String text) {
        int node = ROOT;
        for (int i = 0; i < text.length() && node != NONE; i++) {
            node = child(node, text.charAt(i));
        }
        return node;
    }

    /** The node that a character leads to from the root, or {@link #NONE}. */
    int node(int codePoint) {
        if (Character.isBmpCodePoint(codePoint)) {
            return child(ROOT, (char) codePoint);
        }
        int node = child(ROOT, Character.highSurrogate(codePoint));
        return node == NONE ? NONE : child(node, Character.lowSurrogate(codePoint));
    }

    /**
     * The longest, or the shortest, text of all that a part of a text begins with.
     *
     * @return {@code id << 32 | end}, or {@link #NONE}
     */
    long match(char[] chars, int from, int to, boolean longest) {
        long found = NONE;
        int node = ROOT;
        for (int at = from; at < to && (longest || found == NONE);) {
            node = child(node, chars[at++]);
            if (node == NONE) {
                break;
            }
            if (ids[node] != NONE) {
                found = (long) ids[node] << 32 | at;
            }
        }
        return found;
    }

    /** The id of part of a text, or {@link #NONE}. */
    int find(char[] chars, int from, int to) {
        int node = ROOT;
        for (int at = from; at < to && node != NONE; at++) {
            node = child(node, chars[at]);
        }
        return node == NONE ? NONE : ids[node];
    }

    /** The id of a text, or {@link #NONE}. */
    int find(String text) {
        int node = node(text);
        return node == NONE ? NONE : ids[node];
    }

    private int addChild(int node, char c) {
        if (nodes == MOST_NODES) {
            throw new IllegalStateException("more than " + MOST_NODES + " nodes");
        }
        if (nodes == ids.length) {
            ids = Arrays.copyOf(ids, nodes * 2);
            Arrays.fill(ids, nodes, ids.length, NONE);
            long[] old = edges;
            edges = new long[old.length * 2];
            shift--;
            for (long edge : old) {
                if (edge != 0) {
                    put(edge);
                }
            }
        }
        put((long) node << CHAR_BITS + NODE_BITS | (long) c << NODE_BITS | nodes);
        return nodes++;
    }

    private void put(long edge) {
        int at = slot(edge >>> NODE_BITS);
        while (edges[at] != 0) {
            at = at + 1 & edges.length - 1;
        }
        edges[at] = edge;
    }

    /** Multiply-shift with a random odd multiplier: two given keys rarely meet (Dietzfelbinger et al. 1997). */
    private int slot(long key) {
        return (int) (key * multiplier >>> shift);
    }
}
