package dev.lanewise.broken;

import dev.lanewise.broken.writer.LaneWriter;
import java.io.IOException;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.net.Socket;
import org.junit.jupiter.api.Assertions;

/** One breach of a wall each, never run: {@code ArchitectureTest} proves with them that its rules bite. */
public final class Breaches {
    private Breaches() {}

    public static final class UsesAnotherLibrary {
        void breach() {
            Assertions.fail();
        }
    }

    public static final class Writes {
        Object breach() {
            return new LaneWriter();
        }
    }

    public static final class Prints {
        void breach() {
            System.out.println();
        }
    }

    public static final class CallsHome {
        void breach() throws IOException {
            new Socket("localhost", 1).close();
        }
    }

    public static final class Reflects {
        Object breach(Method method) throws ReflectiveOperationException {
            return method.invoke(null);
        }
    }

    public static final class FindsClassByName {
        Object breach() throws ReflectiveOperationException {
            return find(Class::forName);
        }

        private static Object find(Finder finder) throws ClassNotFoundException {
            return finder.find("java.lang.String");
        }

        private interface Finder {
            Class<?> find(String name) throws ClassNotFoundException;
        }
    }

    public static final class LooksIntoOthers {
        Object breach() throws ReflectiveOperationException {
            return MethodHandles.privateLookupIn(String.class, MethodHandles.lookup());
        }
    }

    public static final class SetsProperty {
        void breach() {
            System.setProperty("lanewise", "breach");
        }
    }

    public static final class IsNative {
        native void breach();
    }

    public static final class LoadsLibrary {
        @SuppressWarnings("restricted")
        void breach() {
            System.loadLibrary("breach");
        }
    }

    public static final class LinksToNative {
        Object breach() {
            return Linker.nativeLinker();
        }
    }

    public static final class ReadsRawAddress {
        @SuppressWarnings("restricted")
        Object breach() {
            return MemorySegment.ofAddress(1).reinterpret(1);
        }
    }
}
