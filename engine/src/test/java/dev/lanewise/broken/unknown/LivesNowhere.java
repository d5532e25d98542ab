package dev.lanewise.broken.unknown;

/** Lives in a package that the plan of the house does not have. */
public final class LivesNowhere {}
