package dev.lanewise.tokenizer;

import java.util.List;

/** Part of a parsed pattern. */
sealed interface PatternNode {
    /** One character of a set. */
    record One(CharSet set) implements PatternNode {}

    /** One part after the other. */
    record Sequence(List<PatternNode> parts) implements PatternNode {}

    /** The first of some parts that leads to a match. */
    record Choice(List<PatternNode> parts) implements PatternNode {}

    /**
     * A part several times, as often as possible.
     *
     * @param most {@link #UNBOUNDED} if there is no limit
     * @param possessive whether what was taken is never given back
     */
    record Repeat(PatternNode part, int least, int most, boolean possessive) implements PatternNode {
        static final int UNBOUNDED = -1;
    }

    /**
     * What comes next, without taking it.
     *
     * @param set the characters that may be next
     * @param end whether the end of the text may be next
     */
    record Next(CharSet set, boolean end) implements PatternNode {}

    /** Whether it can match nothing. */
    default boolean nullable() {
        return switch (this) {
            case One _ -> false;
            case Sequence sequence -> nullable(sequence.parts) == sequence.parts.size();
            case Choice choice -> nullable(choice.parts) > 0;
            case Repeat repeat -> repeat.least == 0 || repeat.part.nullable();
            case Next _ -> true;
        };
    }

    /** How many of them can match nothing. */
    private static int nullable(List<PatternNode> parts) {
        int count = 0;
        for (PatternNode part : parts) {
            count += part.nullable() ? 1 : 0;
        }
        return count;
    }

    /** The characters that a match which is not empty can begin with. */
    default CharSet first() {
        return switch (this) {
            case One one -> one.set;
            case Sequence sequence -> {
                CharSet first = CharSet.NONE;
                for (PatternNode part : sequence.parts) {
                    first = first.or(part.first());
                    if (!part.nullable()) {
                        break;
                    }
                }
                yield first;
            }
            case Choice choice -> {
                CharSet first = CharSet.NONE;
                for (PatternNode part : choice.parts) {
                    first = first.or(part.first());
                }
                yield first;
            }
            case Repeat repeat -> repeat.part.first();
            case Next _ -> CharSet.NONE;
        };
    }
}
