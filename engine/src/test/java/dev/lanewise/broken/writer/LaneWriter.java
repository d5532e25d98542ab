package dev.lanewise.broken.writer;

/** What only tools may use. */
public final class LaneWriter {}
