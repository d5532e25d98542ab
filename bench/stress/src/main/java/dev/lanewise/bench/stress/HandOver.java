package dev.lanewise.bench.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/** Two callers hand over at once, to a queue that is full now and then: both are answered, each once, with its own. */
@JCStressTest
@Outcome(id = "1, 2, 1, 1", expect = Expect.ACCEPTABLE, desc = "Both are answered once.")
@Outcome(expect = Expect.FORBIDDEN, desc = "An answer is lost, told twice, or another's.")
@State
public class HandOver {
    private static final EchoLoop LOOP = new EchoLoop(2);

    private final Echo first = new Echo(1);
    private final Echo second = new Echo(2);

    @Actor
    public void one() {
        LOOP.submit(first);
    }

    @Actor
    public void other() {
        LOOP.submit(second);
    }

    @Arbiter
    public void answers(IIII_Result result) {
        result.r1 = first.outcome();
        result.r2 = second.outcome();
        result.r3 = first.answers.get();
        result.r4 = second.answers.get();
    }
}
