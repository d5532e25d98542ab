package dev.lanewise.bench.measure;

import dev.lanewise.parallel.Crew;

/** Runs a job on a crew that nobody else uses, or on the caller's thread if it is a crew of one. */
public final class CrewRun {
    private CrewRun() {}

    /** Runs all tasks of a job and returns when all have ended. */
    public static void run(Crew crew, Crew.Job job, int tasks) {
        if (crew.tryEnter()) {
            try {
                crew.run(job, tasks);
            } finally {
                crew.leave();
            }
        } else {
            for (int task = 0; task < tasks; task++) {
                job.run(task, 0);
            }
        }
    }
}
