package dev.lanewise.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * The kernels at every width, side by side in one JVM. The width is a constant of a class, so each width has the kernel
 * classes loaded anew by a loader of its own; only interfaces are shared. Tests that use this are tagged "widths" and run in a JVM of their own: code of the JDK that has met vectors of
 * several widths is compiled for all of them, which no program of one width sees, and then some kernel may make objects of vectors.
 */
public final class Widths {
    private static final String PROPERTY = "dev.lanewise.vectorBits";
    private static final List<Kernels> ALL = List.of(new ScalarKernels(), load(128), load(256), load(512));

    private Widths() {}

    /** Scalar, 128, 256 and 512 bits. */
    public static List<Kernels> all() {
        return ALL;
    }

    private static Kernels load(int bits) {
        String before = System.getProperty(PROPERTY);
        System.setProperty(PROPERTY, Integer.toString(bits));
        try {
            Kernels kernels = (Kernels) new Loader().loadClass(VectorKernels.class.getName()).getConstructor()
                    .newInstance();
            if (kernels.vectorBits() != bits) {
                throw new IllegalStateException(kernels.vectorBits() + " bits for " + bits);
            }
            return kernels;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        } finally {
            if (before == null) {
                System.clearProperty(PROPERTY);
            } else {
                System.setProperty(PROPERTY, before);
            }
        }
    }

    private static final class Loader extends ClassLoader {
        Loader() {
            super(Widths.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("dev.lanewise.kernel.") || name.equals(Kernels.class.getName())
                    || name.equals(HeadPages.class.getName()) || name.equals(WeightScratch.class.getName())
                    || name.equals(RoundedRows.class.getName())
                    || name.equals(ScoreRule.class.getName())) {
                return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
