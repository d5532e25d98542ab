package dev.lanewise.bench.measure;

/** How far two results are from each other. */
public final class Agreement {
    private Agreement() {}

    /** Two results that are not the same computation: nothing about them can be compared. */
    public static final class DisagreementException extends Exception {
        private static final long serialVersionUID = 1;

        /** Says what disagrees. */
        public DisagreementException(String message) {
            super(message);
        }
    }

    /**
     * The greatest absolute difference.
     *
     * @param bound what it may be
     * @throws DisagreementException if it is more, if one is not a number, or if there are more values on one side
     */
    public static double check(String name, float[] expected, float[] found, double bound)
            throws DisagreementException {
        if (expected.length != found.length) {
            throw new DisagreementException(name + " has " + found.length + " values, not " + expected.length);
        }
        double most = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs((double) expected[i] - found[i]);
            if (!(difference <= bound)) {
                throw new DisagreementException(name + " has " + found[i] + " at " + i + ", we have " + expected[i]
                        + ": further apart than " + bound);
            }
            most = Math.max(most, difference);
        }
        return most;
    }
}
