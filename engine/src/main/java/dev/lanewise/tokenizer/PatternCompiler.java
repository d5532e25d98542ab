package dev.lanewise.tokenizer;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tokenizer.PatternNode.Choice;
import dev.lanewise.tokenizer.PatternNode.Next;
import dev.lanewise.tokenizer.PatternNode.One;
import dev.lanewise.tokenizer.PatternNode.Repeat;
import dev.lanewise.tokenizer.PatternNode.Sequence;
import dev.lanewise.weights.Metadata;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Makes the table of a {@link PatternAutomaton}: the parts of a pattern become nodes, the sets of characters in it become classes, and
 * lists of nodes that wait for the next character become states. Not thread-safe.
 */
final class PatternCompiler {
    private static final int MOST_NODES = 20_000;
    private static final int MOST_STATES = 4096;
    private static final int MOST_CLASSES = 250;
    /** Work of making the machine, in steps of nodes: bounds the time that a stranger's pattern takes. */
    private static final long MOST_WORK = 50_000_000;

    // Nodes of the pattern: what each does, and where it leads.
    private static final byte ONE = 0;
    private static final byte FORK = 1;
    private static final byte NEXT = 2;
    private static final byte DONE = 3;

    private final String pattern;
    private byte[] kinds = new byte[64];
    private int[] first = new int[64];
    private int[] second = new int[64];
    private int nodes;
    private final List<CharSet> sets = new ArrayList<>();
    private final Map<CharSet, Integer> indexOfSet = new HashMap<>();
    private int[] bounds;
    private byte[] classOfInterval;
    private int classCount;
    private boolean[][] inSet; // [set][class]
    private final Map<List<Integer>, Integer> states = new HashMap<>();
    private final List<List<Integer>> todo = new ArrayList<>();
    private int[] table = new int[0];
    private int[] seen = new int[0]; // [node], the last round that came by
    private int[] stack = new int[0];
    private int round;
    private long work;

    /** @throws UnsupportedModelException if the pattern uses what is not supported, or needs too large a machine */
    PatternCompiler(String pattern) {
        this.pattern = pattern;
        PatternNode root = PatternParser.parse(pattern);
        int done = add(DONE, 0, 0);
        int start = compile(root, done);
        partition();
        state(List.of());
        state(List.of(start));
        for (int i = 0; i < todo.size(); i++) {
            expand(i);
        }
    }

    /** How many classes of characters there are. */
    int classes() {
        return classCount;
    }

    /** Where the class of characters changes, ascending from 0. */
    int[] bounds() {
        return bounds;
    }

    /** The class from each of the {@link #bounds} on. */
    byte[] classOfInterval() {
        return classOfInterval;
    }

    /** The state behind each state and class: see {@link PatternAutomaton}; 0 is the dead one, 1 the first. */
    int[] table() {
        return Arrays.copyOf(table, states.size() * (classCount + 1));
    }

    private int add(byte kind, int a, int b) {
        if (nodes == MOST_NODES) {
            throw tooLarge();
        }
        if (nodes == kinds.length) {
            kinds = Arrays.copyOf(kinds, nodes * 2);
            first = Arrays.copyOf(first, nodes * 2);
            second = Arrays.copyOf(second, nodes * 2);
        }
        kinds[nodes] = kind;
        first[nodes] = a;
        second[nodes] = b;
        return nodes++;
    }

    /** The node that a part begins with, which leads to another when the part is done. */
    private int compile(PatternNode node, int then) {
        switch (node) {
            case One one -> {
                return add(ONE, set(one.set()), then);
            }
            case Next next -> {
                // The end of the text takes the sign bit of the set.
                return add(NEXT, next.end() ? ~set(next.set()) : set(next.set()), then);
            }
            case Sequence sequence -> {
                int to = then;
                for (PatternNode part : sequence.parts().reversed()) {
                    to = compile(part, to);
                }
                return to;
            }
            case Choice choice -> {
                int otherwise = -1;
                for (PatternNode part : choice.parts().reversed()) {
                    int way = compile(part, then);
                    otherwise = otherwise < 0 ? way : add(FORK, way, otherwise);
                }
                return otherwise;
            }
            case Repeat repeat -> {
                int to = then;
                if (repeat.most() == Repeat.UNBOUNDED) {
                    int fork = add(FORK, 0, then);
                    first[fork] = compile(repeat.part(), fork);
                    to = fork;
                } else {
                    for (int i = repeat.least(); i < repeat.most(); i++) {
                        to = add(FORK, compile(repeat.part(), to), then);
                    }
                }
                for (int i = 0; i < repeat.least(); i++) {
                    to = compile(repeat.part(), to);
                }
                return to;
            }
        }
    }

    private int set(CharSet set) {
        return indexOfSet.computeIfAbsent(set, s -> {
            sets.add(s);
            return sets.size() - 1;
        });
    }

    /** Characters that are in the same sets are of one class. */
    private void partition() {
        TreeSet<Integer> all = new TreeSet<>();
        all.add(0);
        for (CharSet set : sets) {
            for (int bound : set.bounds()) {
                if (bound < CharSet.END) {
                    all.add(bound);
                }
            }
        }
        bounds = new int[all.size()];
        int count = 0;
        for (int bound : all) {
            bounds[count++] = bound;
        }
        classOfInterval = new byte[bounds.length];
        Map<List<Boolean>, Integer> classes = new HashMap<>();
        List<List<Boolean>> members = new ArrayList<>();
        for (int i = 0; i < bounds.length; i++) {
            int c = bounds[i];
            List<Boolean> member = new ArrayList<>();
            for (CharSet set : sets) {
                member.add(set.contains(c));
            }
            Integer known = classes.putIfAbsent(member, members.size());
            if (known == null) {
                known = members.size();
                members.add(member);
            }
            if (known >= MOST_CLASSES) {
                throw tooLarge();
            }
            classOfInterval[i] = (byte) (int) known;
        }
        classCount = members.size();
        inSet = new boolean[sets.size()][classCount];
        for (int set = 0; set < inSet.length; set++) {
            for (int kind = 0; kind < classCount; kind++) {
                inSet[set][kind] = members.get(kind).get(set);
            }
        }
    }

    private int state(List<Integer> waiting) {
        Integer known = states.get(waiting);
        if (known != null) {
            return known;
        }
        if (states.size() == MOST_STATES) {
            throw tooLarge();
        }
        states.put(waiting, states.size());
        todo.add(waiting);
        return states.size() - 1;
    }

    private void expand(int state) {
        int width = classCount + 1;
        if (table.length < (state + 1) * width) {
            table = Arrays.copyOf(table, Math.max(table.length * 2, (state + 1) * width));
        }
        for (int kind = 0; kind < width; kind++) {
            LinkedHashSet<Integer> waiting = new LinkedHashSet<>();
            boolean match = follow(todo.get(state), kind, waiting);
            table[state * width + kind] = state(kind == classCount ? List.of() : List.copyOf(waiting))
                    | (match ? PatternAutomaton.MATCH : 0);
        }
    }

    /** Follows all ways in their order until one is done; what waits behind the next character is collected. */
    private boolean follow(List<Integer> from, int kind, LinkedHashSet<Integer> waiting) {
        round++;
        if (seen.length < nodes) {
            seen = new int[nodes];
        }
        if (stack.length < 2 * nodes + from.size()) {
            stack = new int[2 * nodes + from.size()];
        }
        int size = 0;
        for (int node : from.reversed()) {
            stack[size++] = node;
        }
        while (size > 0) {
            int node = stack[--size];
            if (seen[node] == round) {
                continue;
            }
            seen[node] = round;
            if (++work > MOST_WORK) {
                throw tooLarge();
            }
            switch (kinds[node]) {
                case DONE -> {
                    return true;
                }
                case FORK -> {
                    stack[size++] = second[node];
                    stack[size++] = first[node];
                }
                case ONE -> {
                    if (kind < classCount && inSet[first[node]][kind]) {
                        waiting.add(second[node]);
                    }
                }
                default -> {
                    boolean orEnd = first[node] < 0;
                    if (kind == classCount ? orEnd : inSet[orEnd ? ~first[node] : first[node]][kind]) {
                        stack[size++] = second[node];
                    }
                }
            }
        }
        return false;
    }

    private UnsupportedModelException tooLarge() {
        return new UnsupportedModelException("the tokenizer's pattern " + Metadata.quoted(pattern)
                + " needs too large a machine, which is not supported");
    }
}
