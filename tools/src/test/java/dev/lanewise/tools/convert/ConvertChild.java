package dev.lanewise.tools.convert;

import dev.lanewise.tensor.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Converts a model again and again: what the tests limit in memory and disk, and kill. */
final class ConvertChild {
    private ConvertChild() {}

    /**
     * @param arguments source, target, how often, and "delete" if the target shall be deleted before each time; an exit code
     *            of 3 stands for a failure that was reported
     */
    public static void main(String[] arguments) {
        try (ModelSource source = ModelSource.open(Path.of(arguments[0]))) {
            for (int i = Integer.parseInt(arguments[2]); i > 0; i--) {
                if (arguments.length > 3) {
                    Files.deleteIfExists(Path.of(arguments[1]));
                }
                System.out.println("begin");
                Conversion.convert(source, Path.of(arguments[1]), Conversion.Options.of(DataType.F32),
                        Conversion.Progress.NONE);
            }
        } catch (IOException e) {
            System.out.println(e);
            System.exit(3);
        }
    }
}
