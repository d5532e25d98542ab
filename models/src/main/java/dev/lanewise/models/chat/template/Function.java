package dev.lanewise.models.chat.template;

/** What can be called: a function that templates are given, a macro, or a method of a value. */
@FunctionalInterface
interface Function {
    Object call(Interpreter in, Given given);
}
