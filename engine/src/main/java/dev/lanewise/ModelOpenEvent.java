package dev.lanewise;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A model was opened. */
@Name("dev.lanewise.ModelOpen")
@Label("Model Open")
@Category("Lanewise")
@StackTrace(false)
final class ModelOpenEvent extends Event {
    @Label("File")
    String file;
    @Label("Shape")
    String shape;
    @Label("Mapped")
    @DataAmount
    long mapped;
}
