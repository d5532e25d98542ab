package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.instruction.InvokeInstruction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The compiler stops inlining where a method has grown beyond a budget of nodes; from there on each vector is an object: slow,
 * and garbage. It depends on the profile of the process, and on what the operations are, whether that happens: with 92 it did in
 * two processes of about ten; shifts and conversions have done with 51 and 58, multiply-adds and transpositions have not
 * with 72. So this is a bound for all; whoever comes near it looks at {@code -prof gc} as well.
 */
class KernelSizeTest {
    private static final int MOST = 72;

    private record Call(String owner, String name, String type) {
        boolean isVector() {
            return owner.startsWith("jdk/incubator/vector/");
        }

        /** What takes or returns a vector must be inlined, and so is part of its caller. */
        boolean handsVectors() {
            return owner.startsWith("dev/lanewise/kernel/") && type.contains("Ljdk/incubator/vector/");
        }
    }

    @Test
    void noKernelHasMoreVectorOperationsThanTheCompilerInlines() throws IOException {
        Map<Call, List<Call>> calls = calls();
        Map<String, Integer> large = new TreeMap<>();
        int counted = 0;
        for (Call method : calls.keySet()) {
            int operations = operations(method, calls);
            counted += operations;
            if (operations > MOST) {
                large.put(method.owner + "." + method.name + method.type, operations);
            }
        }
        assertEquals(Map.of(), large);
        assertTrue(counted > 1000, "vector operations: " + counted);
    }

    private static int operations(Call method, Map<Call, List<Call>> calls) {
        int sum = 0;
        for (Call call : calls.get(method)) {
            if (call.isVector()) {
                sum++;
            } else if (call.handsVectors()) {
                sum += operations(call, calls);
            }
        }
        return sum;
    }

    private static Map<Call, List<Call>> calls() throws IOException {
        Map<Call, List<Call>> calls = new HashMap<>();
        Path folder = Path.of("target/classes/dev/lanewise/kernel");
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                try (InputStream in = Files.newInputStream(file)) {
                    add(calls, in.readAllBytes());
                }
            }
        }
        return calls;
    }

    private static void add(Map<Call, List<Call>> calls, byte[] bytes) {
        var model = ClassFile.of().parse(bytes);
        for (var method : model.methods()) {
            List<Call> made = new ArrayList<>();
            method.code().ifPresent(code -> code.forEach(element -> {
                if (element instanceof InvokeInstruction i) {
                    made.add(new Call(i.owner().asInternalName(), i.name().stringValue(), i.type().stringValue()));
                }
            }));
            calls.put(new Call(model.thisClass().asInternalName(), method.methodName().stringValue(),
                    method.methodType().stringValue()), made);
        }
    }
}
