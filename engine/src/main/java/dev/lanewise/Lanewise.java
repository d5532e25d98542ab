package dev.lanewise;

/** What of Lanewise is live in this JVM. */
public final class Lanewise {
    private Lanewise() {}
}
