package dev.lanewise.tools.command;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
public final class Version implements IVersionProvider {
    /** For picocli, which creates it by name. */
    public Version() {}

    /** This release, as its jar says; not in a jar it has no number. */
    public static String number() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[]{"lanewise " + number(), "Java " + Runtime.version()};
    }
}
