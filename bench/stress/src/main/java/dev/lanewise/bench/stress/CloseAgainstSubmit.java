package dev.lanewise.bench.stress;

import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A loop is closed while somebody hands over: the request is answered or rejected, and counted; it is never forgotten. */
@JCStressTest
@Outcome(id = "1, 1, 1", expect = Expect.ACCEPTABLE, desc = "Answered before the end.")
@Outcome(id = "-2, 1, 1", expect = Expect.ACCEPTABLE, desc = "Rejected.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Lost, or told twice.")
@State
public class CloseAgainstSubmit {
    private final EchoLoop loop = new EchoLoop(4);
    private final Echo request = new Echo(1);

    @Actor
    public void caller() {
        loop.submit(request);
    }

    @Actor
    public void closer() {
        loop.close(Duration.ZERO);
    }

    @Arbiter
    public void outcome(III_Result result) {
        result.r1 = request.outcome();
        result.r2 = request.answers.get();
        result.r3 = (int) loop.ended();
    }
}
