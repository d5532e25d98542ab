package dev.lanewise.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.bench.measure.Agreement;
import dev.lanewise.bench.measure.Agreement.DisagreementException;
import dev.lanewise.bench.measure.Interleaved;
import dev.lanewise.bench.measure.Limit;
import dev.lanewise.bench.measure.Samples;
import dev.lanewise.bench.peer.Work;
import dev.lanewise.bench.scenario.Scenario;
import dev.lanewise.parallel.Crew;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleConsumer;

/**
 * One case: the same task for us and for others. First their results are compared with ours, then all are timed in turn
 * together with what limits the task.
 *
 * @param name of the case
 * @param demand what the task needs of what limits it, or null if that is not the machine
 * @param bound how far a result may be from ours
 */
public record Comparison(String name, Limit.Demand demand, double bound) {
    private static final String US = "lanewise";

    /**
     * One who does the task.
     *
     * @param name who
     * @param work closed by whoever made it
     */
    public record Contender(String name, Work work) {}

    /**
     * Compares and times.
     *
     * @param ours Lanewise's
     * @param others any number; one whose result is wrong is reported and not timed
     * @return the times of all that were timed, ours first
     */
    public List<Samples> run(Scenario.Run run, Work ours, List<Contender> others) throws Exception {
        ObjectNode node = begin(run.report());
        return time(run, node, ours, agreeing(run.report(), node, ours, others));
    }

    /**
     * Times, where results have been compared before.
     *
     * @param others any number
     * @return the times of all, ours first
     */
    public List<Samples> time(Scenario.Run run, Work ours, List<Contender> others) throws Exception {
        return time(run, begin(run.report()), ours, others);
    }

    private ObjectNode begin(Report report) {
        report.line("%s", name);
        return report.addCase(name);
    }

    private List<Samples> time(Scenario.Run run, ObjectNode node, Work ours, List<Contender> others)
            throws Exception {
        Report report = run.report();
        List<Contender> contenders = new ArrayList<>(List.of(new Contender(US, ours)));
        contenders.addAll(others);
        List<Work> works = new ArrayList<>(contenders.stream().map(Contender::work).toList());
        DoubleConsumer progress = share -> report.progress(name, share);
        if (demand == null) {
            List<Samples> times = Interleaved.time(works, run.seconds(), progress);
            print(report, node, contenders, times);
            return times;
        }
        try (Crew crew = new Crew(run.threads())) {
            Limit.Probe probe = demand.limit().probe(crew);
            try (Work limiting = probe.work()) {
                works.add(limiting);
                List<Samples> times = Interleaved.time(works, run.seconds(), progress);
                print(report, node, contenders, times);
                printShare(report, node, times.getFirst(), times.getLast().rate(probe.amount() / 1e9));
                return times;
            }
        }
    }

    private List<Contender> agreeing(Report report, ObjectNode node, Work ours, List<Contender> others)
            throws Exception {
        report.progress(name + ", comparing results", 0);
        ours.run();
        float[] expected = ours.result();
        List<Contender> agreeing = new ArrayList<>();
        for (Contender other : others) {
            other.work().run();
            try {
                double difference = Agreement.check(other.name(), expected, other.work().result(), bound);
                report.line("  results of %s agree within %.1e", other.name(), difference);
                node.withObject("/differences").put(other.name(), difference);
                agreeing.add(other);
            } catch (DisagreementException e) {
                report.line("  NOT TIMED: %s", e.getMessage());
                node.withObject("/disagreements").put(other.name(), e.getMessage());
            }
        }
        return agreeing;
    }

    private static void print(Report report, ObjectNode node, List<Contender> contenders, List<Samples> times) {
        ObjectNode seconds = node.putObject("seconds");
        Samples ours = times.getFirst();
        for (int i = 0; i < contenders.size(); i++) {
            String who = contenders.get(i).name();
            Samples theirs = times.get(i);
            Report.put(seconds, who, theirs);
            String ratio = i == 0 ? "" : "  lanewise is " + spread(theirs.over(ours), 1, "%.2f") + " times as fast";
            report.line("  %-12s %s .. %s .. %s%s", who, Report.time(theirs.quantile(0.25)),
                    Report.time(theirs.median()), Report.time(theirs.quantile(0.75)), ratio);
        }
    }

    private void printShare(Report report, ObjectNode node, Samples ours, Samples limits) {
        Limit limit = demand.limit();
        double bound = Limit.bound(limits);
        report.line("  %-12s %.1f %s, %s %% of the %s of %.1f", US, demand.amount() / 1e9 / ours.median(), limit.unit(),
                spread(ours.rate(demand.amount() / 1e9 / bound), 100, "%.1f"), limit.title(), bound);
        node.put("limit", limit.title()).put("amount", demand.amount());
        Report.put(node, limit.unit(), limits);
    }

    /** The median, and between which values half of the samples are. */
    public static String spread(Samples samples, double factor, String format) {
        return String.format(Locale.ROOT, format + " [" + format + " .. " + format + "]", factor * samples.median(),
                factor * samples.quantile(0.25), factor * samples.quantile(0.75));
    }
}
