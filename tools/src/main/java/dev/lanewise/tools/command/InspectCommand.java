package dev.lanewise.tools.command;
import dev.lanewise.tools.console.Console;
final class InspectCommand extends BaseCommand {
    InspectCommand(Console console) {
        super(console);
    }

    @Override
    void run() {}
}
