package dev.lanewise.tools.command;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Token ids as they are typed: 101,7592,102. */
final class Ids {
    private Ids() {}

    /**
     * Reads a list.
     *
     * @throws NumberFormatException if it is not a list of ids; the message is for people
     */
    static int[] parse(String list) {
        try {
            return Arrays.stream(list.strip().split("[,\\s]+")).mapToInt(Integer::parseUnsignedInt).filter(Ids::isId)
                    .toArray();
        } catch (NumberFormatException e) {
            throw new NumberFormatException("not a list of ids: '" + list + "'; write them as 101,7592,102");
        }
    }

    /** A list as it is typed. */
    static String format(int[] ids) {
        return Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(","));
    }

    private static boolean isId(int id) {
        if (id < 0) {
            throw new NumberFormatException();
        }
        return true;
    }
}
