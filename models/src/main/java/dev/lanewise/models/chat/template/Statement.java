package dev.lanewise.models.chat.template;

import java.util.List;

/** What is done. */
sealed interface Statement {
    /** Where it is in the template. */
    int at();

    /** Text that is printed as it is. */
    record Text(int at, String text) implements Statement {}

    /** A value that is printed. */
    record Print(int at, Expression value) implements Statement {}

    /** One body, or none: of the first condition that holds. A condition of null always does. */
    record If(int at, List<Expression> conditions, List<List<Statement>> bodies) implements Statement {}

    /**
     * @param targets one name, or several that an element is taken apart for
     * @param filter which elements count, or null
     * @param otherwise what is done if there are none
     */
    record For(int at, List<String> targets, Expression in, Expression filter, List<Statement> body,
            List<Statement> otherwise) implements Statement {}

    /**
     * @param targets one name, or several that the value is taken apart for
     * @param attribute of the one name, which is a namespace; or null
     */
    record Set(int at, List<String> targets, String attribute, Expression value) implements Statement {}

    /** The name becomes what the body prints. */
    record SetBlock(int at, String target, List<Statement> body) implements Statement {}

    /**
     * @param defaults of the last parameters
     */
    record Macro(int at, String name, List<String> parameters, List<Expression> defaults, List<Statement> body)
            implements
                Statement {}

    /** {@code break} or {@code continue}. */
    record Jump(int at, boolean out) implements Statement {}

    /** A body that is no scope of its own. */
    record Group(int at, List<Statement> body) implements Statement {}
}
