package dev.lanewise.tools.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The cache is where the user says, else where the system keeps caches. */
class CacheFolderTest {
    private static final Path HOME = Path.of("/home/me");

    @Test
    void theUsersOwnChoiceWins() {
        Map<String, String> environment = Map.of("LANEWISE_HOME", "/big/disk", "XDG_CACHE_HOME", "/cache");
        assertEquals(Path.of("/big/disk"), CacheFolder.locate(environment, "Linux", HOME));
    }

    @Test
    void elseItIsInTheSystemsFolder() {
        assertEquals(Path.of("/home/me/.cache/lanewise"), CacheFolder.locate(Map.of(), "Linux", HOME));
        assertEquals(Path.of("/cache/lanewise"),
                CacheFolder.locate(Map.of("XDG_CACHE_HOME", "/cache"), "Linux", HOME));
        assertEquals(Path.of("/home/me/.cache/lanewise"),
                CacheFolder.locate(Map.of("XDG_CACHE_HOME", "relative", "LANEWISE_HOME", ""), "Linux", HOME));
        assertEquals(Path.of("/home/me/Library/Caches/lanewise"), CacheFolder.locate(Map.of(), "Mac OS X", HOME));
        assertEquals(Path.of("/local/lanewise"),
                CacheFolder.locate(Map.of("LOCALAPPDATA", "/local"), "Windows 11", HOME));
    }
}
