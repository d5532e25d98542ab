package dev.lanewise.tools.cache;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** Where the cache is: {@code LANEWISE_HOME}, else "lanewise" in the folder that the system has for caches of a user. */
final class CacheFolder {
    private CacheFolder() {}

    static Path locate(Map<String, String> environment) {
        return locate(environment, System.getProperty("os.name"), Path.of(System.getProperty("user.home")));
    }

    static Path locate(Map<String, String> environment, String system, Path home) {
        Path own = path(environment, "LANEWISE_HOME");
        return own != null ? own.toAbsolutePath() : userCache(environment, system, home).resolve("lanewise");
    }

    private static Path userCache(Map<String, String> environment, String system, Path home) {
        String lower = system.toLowerCase(Locale.ROOT);
        if (lower.startsWith("windows")) {
            Path local = path(environment, "LOCALAPPDATA");
            return local == null ? home.resolve("AppData").resolve("Local") : local;
        }
        if (lower.startsWith("mac")) {
            return home.resolve("Library").resolve("Caches");
        }
        Path xdg = path(environment, "XDG_CACHE_HOME");
        // The specification of these folders: a relative path is invalid and to be ignored.
        return xdg == null || !xdg.isAbsolute() ? home.resolve(".cache") : xdg;
    }

    private static Path path(Map<String, String> environment, String name) {
        String value = environment.get(name);
        return value == null || value.isBlank() ? null : Path.of(value);
    }
}
