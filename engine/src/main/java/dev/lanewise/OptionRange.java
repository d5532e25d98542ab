package dev.lanewise;

/** The check of an option that somebody sets. */
final class OptionRange {
    private OptionRange() {}

    /**
     * The value, if it is good.
     *
     * @param range which values are, in words
     * @throws IllegalArgumentException that names the option, what it may be and what it was, if it is not
     */
    static <T> T checked(boolean good, String option, String range, T value) {
        if (!good) {
            throw new IllegalArgumentException(option + " must be " + range + ", not " + value);
        }
        return value;
    }
}
