package dev.lanewise.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.bench.measure.Agreement;
import dev.lanewise.bench.measure.Agreement.DisagreementException;
import dev.lanewise.bench.measure.Interleaved;
import dev.lanewise.bench.measure.Limit;
import dev.lanewise.bench.measure.Samples;
import dev.lanewise.bench.peer.Work;
import dev.lanewise.parallel.Crew;
import java.util.ArrayList;
import java.util.List;

/**
 * One case: the same task for us and for others. First their results are compared with ours, then all are timed in turn
 * together with what limits the task.
 *
 * @param name of the case
 * @param limit what bounds the task
 * @param amount operations or bytes that the task needs
 * @param bound how far a result may be from ours
 */
public record Comparison(String name, Limit limit, double amount, double bound) {

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
     * @param crew for the limit's probe, of as many threads as the contenders use
     */
    public void run(Report report, Work ours, List<Contender> others, Crew crew, double seconds) throws Exception {
        ObjectNode node = report.addCase(name);
        report.line("%s", name);
        List<Contender> agreeing = new ArrayList<>();
        report.progress(name + ", comparing results", 0);
        ours.run();
        float[] expected = ours.result();
        for (Contender other : others) {
            try {
                other.work().run();
                double difference = Agreement.check(other.name(), expected, other.work().result(), bound);
                report.line("  results of %s and lanewise agree within %.1e", other.name(), difference);
                node.withObject("differences").put(other.name(), difference);
                agreeing.add(other);
            } catch (DisagreementException e) {
                report.line("  NOT TIMED: %s", e.getMessage());
                node.withObject("disagreements").put(other.name(), e.getMessage());
            }
        }
        Limit.Probe probe = limit.probe(crew);
        try (Work limiting = probe.work()) {
            List<Work> works = new ArrayList<>(List.of(limiting, ours));
            agreeing.forEach(other -> works.add(other.work()));
            List<Samples> times = Interleaved.time(works, seconds, share -> report.progress(name, share));
            print(report, node, times, agreeing, probe.amount());
        }
    }

    private void print(Report report, ObjectNode node, List<Samples> times, List<Contender> others, double probed) {
        Samples limits = times.getFirst().rate(probed / 1e9);
        Samples ours = times.get(1);
        Samples shares = ours.rate(amount / 1e9 / Limit.bound(limits));
        report.line("  %-14s %10s [%s .. %s]  %.1f %s, %.1f %% [%.1f .. %.1f] of the %s (%.1f)", "lanewise",
                Report.time(ours.median()), Report.time(ours.quantile(0.25)), Report.time(ours.quantile(0.75)),
                amount / 1e9 / ours.median(), limit.unit(), 100 * shares.median(), 100 * shares.quantile(0.25),
                100 * shares.quantile(0.75), limit.title(), Limit.bound(limits));
        node.put("limit", limit.title()).put("amount", amount);
        Report.put(node, "limit " + limit.unit(), limits);
        ObjectNode seconds = node.putObject("seconds");
        Report.put(seconds, "lanewise", ours);
        for (int i = 0; i < others.size(); i++) {
            Samples theirs = times.get(2 + i);
            Samples ratios = theirs.over(ours);
            report.line("  %-14s %10s [%s .. %s]  lanewise is %.2fx [%.2f .. %.2f] as fast", others.get(i).name(),
                    Report.time(theirs.median()), Report.time(theirs.quantile(0.25)),
                    Report.time(theirs.quantile(0.75)), ratios.median(), ratios.quantile(0.25), ratios.quantile(0.75));
            Report.put(seconds, others.get(i).name(), theirs);
        }
    }
}
