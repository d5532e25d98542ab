package dev.lanewise.bench;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The checkout that this bench was built in: peers are built from it, and its commit is told.
 *
 * @param root its top folder
 */
public record Checkout(Path root) {

    /** Finds it around the jar, or the classes, that this code comes from. */
    public static Optional<Checkout> find() {
        Path here;
        try {
            here = Path.of(Checkout.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
        for (Path folder = here; folder != null; folder = folder.getParent()) {
            if (Files.isRegularFile(folder.resolve("bench/peers/pom.xml"))) {
                return Optional.of(new Checkout(folder));
            }
        }
        return Optional.empty();
    }

    /** The launcher. */
    public Path launcher() {
        return root.resolve("lanewise");
    }

    /** The jar of this bench. */
    public Path benchJar() {
        return root.resolve("bench/target/lanewise-bench.jar");
    }

    /** The project of a peer: its name without dots. */
    public Path peer(String name) {
        return root.resolve("bench/peers").resolve(name.replace(".", ""));
    }

    /** Where downloaded and converted models for comparisons lie. */
    public Path models() {
        return root.resolve("bench/target/models");
    }
}
