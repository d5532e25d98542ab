package dev.lanewise.models.chat.template;

import java.util.List;

/** What has a value. */
sealed interface Expression {
    /** Where it is in the template. */
    int at();

    /** A value that is written down; not to be changed. */
    record Literal(int at, Object value) implements Expression {}

    /** The value of a name. */
    record Name(int at, String name) implements Expression {}

    /** A list or a tuple. */
    record ListOf(int at, boolean tuple, List<Expression> elements) implements Expression {}

    /** A dictionary. */
    record DictOf(int at, List<Expression> keys, List<Expression> values) implements Expression {}

    /** {@code not x}, {@code -x}, {@code +x}. */
    record Unary(int at, String sign, Expression operand) implements Expression {}

    /** Arithmetic, {@code ~}, and the truth-valued {@code and} and {@code or}. */
    record Binary(int at, String sign, Expression left, Expression right) implements Expression {}

    /** {@code a < b <= c}: as many signs as there are operands behind the first. */
    record Comparison(int at, Expression first, List<String> signs, List<Expression> operands) implements Expression {}

    /** {@code x if condition else y}. */
    record Conditional(int at, Expression condition, Expression then, Expression otherwise) implements Expression {}

    /** {@code x.name}. */
    record Attribute(int at, Expression of, String name) implements Expression {}

    /** {@code x[key]}. */
    record Item(int at, Expression of, Expression key) implements Expression {}

    /** {@code x[from:to:step]}; what is left out is null. */
    record Slice(int at, Expression of, Expression from, Expression to, Expression step) implements Expression {}

    /** A call of a function, a macro or a method. */
    record Call(int at, Expression callee, Arguments arguments) implements Expression {}

    /** {@code x | name(arguments)}. */
    record Filter(int at, Expression input, String name, Arguments arguments) implements Expression {}

    /** {@code x is name arguments}. */
    record Test(int at, Expression input, String name, boolean negated, Arguments arguments) implements Expression {}

    /** What is in the brackets of a call. */
    record Arguments(List<Expression> positional, List<String> names, List<Expression> named) {
        static final Arguments NONE = new Arguments(List.of(), List.of(), List.of());
    }
}
