package dev.lanewise.bench.scenario;

import dev.lanewise.Embedder;
import dev.lanewise.Model;
import dev.lanewise.ModelOptions;
import dev.lanewise.Scheduler;
import dev.lanewise.SchedulerOptions;
import dev.lanewise.bench.Report;
import dev.lanewise.bench.measure.Samples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;

/**
 * How much longer a single caller waits through an idle scheduler than by itself. Some pairs of sessions differ by some per
 * cent of a call, for the time of a process; so there are several places, each with both ways. And a neighbour makes a third, for
 * seconds; so the two are called one after the other, in random order, each when all threads rest, and it is their differences that are shown.
 */
final class LoneCaller {
    private static final int PLACES = 8;
    private static final int WARM = 20; // calls
    /** Threads of the call before spin for a while, on the processors that the next call needs: here they belong to somebody else. */
    private static final int REST_MILLIS = 1;

    private LoneCaller() {}

    static void measure(Scenario.Run run, Path lane, SchedulerOptions options, String text)
            throws IOException, InterruptedException {
        List<Place> places = new ArrayList<>();
        try {
            while (places.size() < PLACES) {
                places.add(new Place(Model.open(lane, ModelOptions.defaults().withThreads(run.threads())), options));
            }
            for (Place place : places) {
                for (int call = 0; call < WARM; call++) {
                    place.compare(text, call % 2 == 0);
                }
                place.forget();
            }
            Random random = new Random(1);
            long end = System.nanoTime() + Math.round(run.seconds() * 1e9);
            do {
                for (Place place : places) {
                    place.compare(text, random.nextBoolean());
                }
            } while (System.nanoTime() < end);
            report(run.report(), places);
        } finally {
            places.forEach(Place::close);
        }
    }

    private static void report(Report report, List<Place> places) {
        Samples alone = new Samples(places.stream().mapToDouble(place -> median(place.alone)).toArray());
        Samples longer = new Samples(places.stream().mapToDouble(place -> median(place.longer)).toArray());
        report.line(
                "one caller: %s by itself; through the scheduler %+.0f us, from %+.0f to %+.0f (medians in %d places)",
                Report.time(alone.median()), longer.median() * 1e6, longer.least() * 1e6, longer.greatest() * 1e6,
                PLACES);
    }

    private static double median(DoubleStream.Builder seconds) {
        return new Samples(seconds.build().toArray()).median();
    }

    /** A model of its own, with a scheduler. */
    private static final class Place {
        private final Model model;
        private final Embedder embedder;
        private final Scheduler scheduler;
        private DoubleStream.Builder alone = DoubleStream.builder(); // seconds
        private DoubleStream.Builder longer = DoubleStream.builder(); // seconds

        Place(Model model, SchedulerOptions options) {
            this.model = model;
            embedder = model.embedder();
            scheduler = model.scheduler(options);
        }

        void compare(String text, boolean aloneFirst) throws InterruptedException {
            double first = seconds(text, aloneFirst);
            double second = seconds(text, !aloneFirst);
            alone.add(aloneFirst ? first : second);
            longer.add(aloneFirst ? second - first : first - second);
        }

        private double seconds(String text, boolean byItself) throws InterruptedException {
            Thread.sleep(REST_MILLIS);
            long start = System.nanoTime();
            if (byItself) {
                embedder.embed(text);
            } else {
                scheduler.embed(text);
            }
            return (System.nanoTime() - start) / 1e9;
        }

        void forget() {
            alone = DoubleStream.builder();
            longer = DoubleStream.builder();
        }

        void close() {
            scheduler.close();
            model.close();
        }
    }
}
