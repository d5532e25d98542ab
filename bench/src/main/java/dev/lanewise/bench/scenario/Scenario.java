package dev.lanewise.bench.scenario;

import dev.lanewise.bench.Checkout;
import dev.lanewise.bench.Report;
import dev.lanewise.bench.peer.Peer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One thing that can be measured. */
public interface Scenario {

    /** What a user types. */
    String name();

    /** What it measures, in a line. */
    String purpose();

    /** The peers that it can be compared with. */
    List<String> peers();

    /** The peers that it is compared with if none are named. */
    default List<String> defaultPeers() {
        return List.of();
    }

    /** How long a case is timed, in seconds, if nobody says. */
    default double seconds() {
        return 10;
    }

    /** Whether it measures another model if one is named. */
    default boolean takesModel() {
        return false;
    }

    /** Whether it needs a recording of speech. */
    default boolean takesAudio() {
        return false;
    }

    /** The same of random weights of a named shape, or null if it has none of this name. */
    default Scenario ofShape(String shape) {
        return null;
    }

    /** Measures. */
    void run(Run run) throws Exception;

    /**
     * What a scenario is given.
     *
     * @param report where results go
     * @param threads how many threads everybody uses
     * @param seconds how long a case is timed, about
     * @param peers those that were asked for and could be had, by name
     * @param model the file that was named, if one was
     * @param audio the recording that was named, if one was
     * @param checkout where the bench was built, if it is still there
     */
    record Run(Report report, int threads, double seconds, Map<String, Peer> peers, Optional<Path> model,
            Optional<Path> audio, Optional<Checkout> checkout) {}
}
