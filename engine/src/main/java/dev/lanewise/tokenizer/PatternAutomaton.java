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
 * A pattern, made into a machine that reads a text once, character by character, and never goes back: what a backtracking
 * matcher would find, in time linear in the text whatever the text and the pattern. Immutable and thread-safe.
 *
 * <p>A state is the list of what the matcher would try next, in its order (Thompson 1968, with the priorities of Pike's
 * machine); a match is noticed one character late, when it is known what follows. A match can need a look far ahead that fails;
 * where the pattern allows that, {@link Scratch} keeps from which states no match can be reached (Reps 1998).
 */
final class PatternAutomaton {
    private static final int MOST_NODES = 20_000;
    private static final int MOST_STATES = 4096;
    private static final int MOST_CLASSES = 250;
    /** Work of making the machine, in steps of nodes: bounds the time that a stranger's pattern takes. */
    private static final long MOST_WORK = 50_000_000;
    /** States that fit into the bits of what {@link Scratch} keeps for each place. */
    private static final int MOST_REMEMBERED = 64;
    /** Looking so far ahead in vain is not worth remembering. */
    private static final int SHORT = 64;
    private static final int BMP = 0x10000;

    private static final int DEAD = 0;
    private static final int START = 1;
    private static final int MATCH = 1 << 30;

    // Nodes of the pattern: what each does, and where it leads.
    private static final byte ONE = 0;
    private static final byte FORK = 1;
    private static final byte NEXT = 2;
    private static final byte DONE = 3;

    /** What a search remembers of a text. Reused; not thread-safe. */
    static final class Scratch {
        private long[] hopeless = new long[0]; // [place], a bit for each state
        private int base;
        private int length;
        private int used;

        /** Begins a text. */
        private void begin(int from, int to) {
            Arrays.fill(hopeless, 0, used, 0);
            base = from;
            used = 0;
            length = to - from + 1;
        }

        private boolean isHopeless(int state, int place) {
            int index = place - base;
            return index < used && (hopeless[index] >>> state & 1) != 0;
        }

        private void giveUp(int state, int place) {
            int index = place - base;
            if (index >= hopeless.length) {
                hopeless = Arrays.copyOf(hopeless, Math.max(length, index + 1));
            }
            used = Math.max(used, index + 1);
            hopeless[index] |= 1L << state;
        }
    }

    private final byte[] classOfBmp = new byte[BMP];
    private final int[] supplementaryBounds;
    private final byte[] supplementaryClasses;
    private final int classes;
    /** [state * (classes + 1) + class], the class behind the last is the end of the text: the next state, and MATCH. */
    private final int[] table;
    private final boolean remembers;

    private PatternAutomaton(Builder builder) {
        classes = builder.classCount;
        table = Arrays.copyOf(builder.table, builder.states.size() * (classes + 1));
        int[] bounds = builder.bounds;
        byte[] kinds = builder.classOfInterval;
        int first = bounds.length;
        for (int i = bounds.length - 1; i >= 0; i--) {
            int from = bounds[i];
            int to = i + 1 < bounds.length ? bounds[i + 1] : CharSet.END;
            if (from < BMP) {
                Arrays.fill(classOfBmp, from, Math.min(to, BMP), kinds[i]);
            }
            if (to > BMP) {
                first = i;
            }
        }
        supplementaryBounds = Arrays.copyOfRange(bounds, first, bounds.length);
        supplementaryClasses = Arrays.copyOfRange(kinds, first, kinds.length);
        remembers = canLookFarInVain(builder.states.size());
        if (remembers && builder.states.size() > MOST_REMEMBERED) {
            throw new UnsupportedModelException("the tokenizer's pattern " + Metadata.quoted(builder.pattern)
                    + " can look far ahead in more than " + MOST_REMEMBERED + " ways, which is not supported");
        }
    }

    /**
     * Makes the machine of a pattern; takes some milliseconds.
     *
     * @throws UnsupportedModelException if the pattern uses what is not supported, or needs too large a machine
     */
    static PatternAutomaton of(String pattern) {
        return new PatternAutomaton(new Builder(pattern));
    }

    /** Begins to search part of a text. */
    void begin(int from, int to, Scratch scratch) {
        if (remembers) {
            scratch.begin(from, to);
        }
    }

    /** Where the match ends that begins at a place, or -1 if none does. */
    int end(char[] chars, int from, int to, Scratch scratch) {
        int end = -1;
        int state = START;
        int at = from;
        while (true) {
            int kind = classes;
            int width = 1;
            if (at < to) {
                char c = chars[at];
                kind = classOfBmp[c] & 0xFF;
                if (Character.isHighSurrogate(c) && at + 1 < to && Character.isLowSurrogate(chars[at + 1])) {
                    kind = supplementaryClass(Character.toCodePoint(c, chars[at + 1]));
                    width = 2;
                }
            }
            int step = table[state * (classes + 1) + kind];
            if ((step & MATCH) != 0) {
                end = at;
            }
            state = step & MATCH - 1;
            if (state == DEAD || at >= to) {
                break;
            }
            at += width;
            if (remembers && scratch.isHopeless(state, at)) {
                break;
            }
        }
        if (remembers && at - Math.max(from, end) > SHORT) {
            remember(chars, from, Math.max(from, end), at, to, scratch);
        }
        return end;
    }

    /** Walks again, and keeps that no match was reached from behind the last one on. */
    private void remember(char[] chars, int from, int end, int last, int to, Scratch scratch) {
        int state = START;
        for (int at = from; at < last;) {
            int c = Character.codePointAt(chars, at, to);
            state = table[state * (classes + 1) + kind(c)] & MATCH - 1;
            at += Character.charCount(c);
            if (at > end && state != DEAD) {
                scratch.giveUp(state, at);
            }
        }
    }

    private int kind(int c) {
        return c < BMP ? classOfBmp[c] & 0xFF : supplementaryClass(c);
    }

    private int supplementaryClass(int c) {
        int low = 0;
        int high = supplementaryBounds.length;
        while (high - low > 1) {
            int middle = low + high >>> 1;
            if (supplementaryBounds[middle] <= c) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return supplementaryClasses[low] & 0xFF;
    }

    /** Whether there is a way in a circle that meets no match: peel off the states that none can lead on from. */
    private boolean canLookFarInVain(int states) {
        int[] leadingOn = new int[states];
        List<List<Integer>> before = new ArrayList<>();
        for (int state = 0; state < states; state++) {
            before.add(new ArrayList<>());
        }
        for (int state = START; state < states; state++) {
            for (int kind = 0; kind < classes; kind++) {
                int step = table[state * (classes + 1) + kind];
                if (step < MATCH && step != DEAD) {
                    leadingOn[state]++;
                    before.get(step).add(state);
                }
            }
        }
        int[] peeled = new int[states];
        int size = 0;
        for (int state = 0; state < states; state++) {
            if (leadingOn[state] == 0) {
                peeled[size++] = state;
            }
        }
        for (int i = 0; i < size; i++) {
            for (int state : before.get(peeled[i])) {
                if (--leadingOn[state] == 0) {
                    peeled[size++] = state;
                }
            }
        }
        return size < states;
    }

    /** Makes the nodes, the classes of characters and the states of a pattern. */
    private static final class Builder {
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

        Builder(String pattern) {
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
                        | (match ? MATCH : 0);
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
}
