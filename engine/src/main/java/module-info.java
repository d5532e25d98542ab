/**
 * Lanewise: transformer inference in pure Java.
 *
 * <p>The public face is {@code dev.lanewise} with its failures in {@code dev.lanewise.error}; every other
 * package may change in any release. (Lanewise's own tools run on the class path.)
 */
module dev.lanewise.engine {
    // Optional at run time: without it the scalar twins compute.
    requires static jdk.incubator.vector;
    // Events that tell what a scheduler does.
    requires jdk.jfr;
    // Queues between callers and a scheduler.
    requires org.jctools.core;

    exports dev.lanewise;
    exports dev.lanewise.error;
}
