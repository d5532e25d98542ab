package dev.lanewise.bench.scenario;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.bench.Report;
import dev.lanewise.bench.measure.Interleaved;
import dev.lanewise.bench.measure.Limit;
import dev.lanewise.bench.measure.Samples;
import dev.lanewise.parallel.Crew;
import java.util.List;

/** The machine's own limits. */
final class RooflineScenario implements Scenario {

    @Override
    public String name() {
        return "roofline";
    }

    @Override
    public String purpose() {
        return "what this machine can do at most: FMA peak and read bandwidth";
    }

    @Override
    public List<String> peers() {
        return List.of();
    }

    @Override
    public void run(Run run) throws Exception {
        try (Crew crew = new Crew(run.threads())) {
            Limit.Probe compute = Limit.COMPUTE.probe(crew);
            Limit.Probe memory = Limit.MEMORY.probe(crew);
            try (var peak = compute.work(); var bandwidth = memory.work()) {
                List<Samples> times = Interleaved.time(List.of(peak, bandwidth), run.seconds(),
                        share -> run.report().progress(name(), share));
                print(run.report(), Limit.COMPUTE, times.get(0).rate(compute.amount() / 1e9));
                print(run.report(), Limit.MEMORY, times.get(1).rate(memory.amount() / 1e9));
            }
        }
    }

    private static void print(Report report, Limit limit, Samples rates) {
        report.line("%-15s %7.1f %s; median %.1f [%.1f .. %.1f], best %.1f of %d samples", limit.title(),
                Limit.bound(rates), limit.unit(), rates.median(), rates.quantile(0.25), rates.quantile(0.75),
                rates.greatest(), rates.count());
        ObjectNode node = report.addCase(limit.title());
        Report.put(node, limit.unit(), rates);
    }
}
