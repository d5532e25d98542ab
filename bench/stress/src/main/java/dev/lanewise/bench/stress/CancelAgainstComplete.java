package dev.lanewise.bench.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A caller cancels while the request is handed over and answered: one of the two wins, and all agree which. */
@JCStressTest
@Outcome(id = "1, 0, 1", expect = Expect.ACCEPTABLE, desc = "Answered before it was cancelled.")
@Outcome(id = "-1, 1, 1", expect = Expect.ACCEPTABLE, desc = "Cancelled before it was answered.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Both, or neither.")
@State
public class CancelAgainstComplete {
    private static final EchoLoop LOOP = new EchoLoop(64);

    private final Echo request = new Echo(1);

    @Actor
    public void caller() {
        LOOP.submit(request);
    }

    @Actor
    public void canceller(III_Result result) {
        result.r2 = request.future().cancel(false) ? 1 : 0;
    }

    @Arbiter
    public void outcome(III_Result result) {
        result.r1 = request.outcome();
        result.r3 = request.answers.get();
    }
}
