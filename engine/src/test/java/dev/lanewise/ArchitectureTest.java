package dev.lanewise;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.lanewise.broken.Breaches;
import dev.lanewise.broken.LeaksInnerType;
import dev.lanewise.broken.kernel.KnowsWeights;
import dev.lanewise.broken.unknown.LivesNowhere;
import dev.lanewise.broken.weights.UsesVectorApi;
import java.io.InputStream;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandles;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The walls of the engine. Each is checked twice: it holds in the engine, and a class built to break it is caught. */
class ArchitectureTest {
    private static final String ENGINE = "dev.lanewise";

    /** Classes that break the walls, laid out like the engine. */
    private static final String BROKEN = "dev.lanewise.broken";

    /** From the ground up: what each package may use of ours. A package that is not here may not exist. */
    private static final Map<String, Set<String>> MAY_USE = mayUse();

    private static Map<String, Set<String>> mayUse() {
        Map<String, Set<String>> rooms = new LinkedHashMap<>();
        rooms.put("error", Set.of());
        rooms.put("tensor", Set.of());
        rooms.put("audio", Set.of());
        rooms.put("kernel", Set.of("tensor"));
        rooms.put("weights", Set.of("error", "tensor"));
        rooms.put("parallel", Set.of("error"));
        rooms.put("tokenizer", Set.of("error", "weights"));
        rooms.put("spec", Set.of("error", "tensor", "weights"));
        // In a jar of its own, for tools.
        rooms.put("writer", Set.of("tensor", "weights", "tokenizer", "spec"));
        rooms.put("transformer", Set.of("error", "tensor", "kernel", "weights", "parallel", "spec"));
        // Reads no weights.
        rooms.put("generation", Set.of("error", "kernel", "parallel", "tokenizer", "spec", "transformer"));
        // Owns no arithmetic.
        rooms.put("serving",
                Set.of("error", "tensor", "weights", "parallel", "tokenizer", "spec", "transformer", "generation"));
        return rooms;
    }

    private static final Set<String> EXPORTED = Set.of("dev.lanewise", "dev.lanewise.error");

    /** A wall, as a rule over the packages below {@code root}, and the class that must be caught breaking it. */
    private record Wall(String name, ArchRule rule, ArchRule ruleForBroken, Class<?> breach) {}

    @FunctionalInterface
    private interface RuleOverRoot {
        ArchRule over(String root);
    }

    private static Wall wall(String name, Class<?> breach, RuleOverRoot rule) {
        return new Wall(name, rule.over(ENGINE), rule.over(BROKEN), breach);
    }

    private static List<Wall> walls() {
        List<Wall> walls = new ArrayList<>();
        walls.add(wall("only the kernels use the Vector API", UsesVectorApi.class,
                root -> noClasses().that().resideOutsideOfPackage(root + ".kernel..").should().dependOnClassesThat()
                        .resideInAnyPackage("jdk.incubator..")));
        walls.add(wall("every package is a known room", LivesNowhere.class,
                root -> classes().should().resideInAnyPackage(rooms(root, MAY_USE.keySet(), true))));
        MAY_USE.forEach((room, below) -> walls.add(wall(room + " uses only " + below,
                room.equals("kernel") ? KnowsWeights.class : null,
                root -> noClasses().that().resideInAPackage(root + "." + room + "..").should()
                        .dependOnClassesThat(resideInAPackage(root + "..")
                                .and(not(resideInAnyPackage(rooms(root, below, false))))
                                .and(not(resideInAPackage(root + "." + room + "..")))))));
        walls.add(wall("what runs a model does without the writer", Breaches.Writes.class,
                root -> noClasses().that().resideOutsideOfPackage(root + ".writer..").should().dependOnClassesThat()
                        .resideInAPackage(root + ".writer..")));
        walls.add(wall("at run time there are the JDK and JCTools, nothing else", Breaches.UsesAnotherLibrary.class,
                root -> classes().should().onlyDependOnClassesThat().resideInAnyPackage(root + "..", "java..",
                        "jdk.incubator.vector..", "jdk.jfr..", "org.jctools..")));
        walls.add(wall("no network", Breaches.CallsHome.class,
                root -> noClasses().should().dependOnClassesThat().resideInAnyPackage("java.net..")));
        walls.add(wall("no reflection", Breaches.Reflects.class,
                root -> noClasses().should().dependOnClassesThat().resideInAnyPackage("java.lang.reflect..")));
        walls.add(wall("no calls out of the JVM", Breaches.LinksToNative.class,
                root -> noClasses().should().dependOnClassesThat(belongToAnyOf(Linker.class, SymbolLookup.class))));
        walls.add(wall("no native methods", Breaches.IsNative.class,
                root -> noMethods().should().haveModifier(JavaModifier.NATIVE)));
        walls.add(wall("no native libraries", Breaches.LoadsLibrary.class,
                root -> noneUses("load|loadLibrary", System.class, Runtime.class)));
        walls.add(wall("no memory by raw address", Breaches.ReadsRawAddress.class,
                root -> noneUses("reinterpret|withTargetLayout", MemorySegment.class, AddressLayout.class)));
        walls.add(wall("no standard streams", Breaches.Prints.class,
                root -> noneUses("in|out|err|console|printStackTrace", System.class, Throwable.class)));
        walls.add(wall("nothing is set for the whole JVM", Breaches.SetsProperty.class,
                root -> noneUses("(set|clear)(Property|Properties|In|Out|Err)|exit|halt", System.class,
                        Runtime.class)));
        walls.add(wall("no classes by name", Breaches.FindsClassByName.class,
                root -> noneUses("forName|newInstance|loadClass|findClass|defineClass"
                        + "|get(Declared)?(Class|Constructor|Field|Method)(es|s)?",
                        Class.class, ClassLoader.class, MethodHandles.Lookup.class)));
        walls.add(wall("no private lookups", Breaches.LooksIntoOthers.class,
                root -> noneUses("privateLookupIn", MethodHandles.class)));
        walls.add(wall("the public face shows only itself and the JDK", LeaksInnerType.class,
                root -> classes().that().resideInAnyPackage(root, root + ".error").and()
                        .areNotPackagePrivate().should(showOnly(resideInAnyPackage(root, root + ".error", "java..")))));
        return walls;
    }

    /** The engine's own classes satisfy every wall. */
    @TestFactory
    Stream<DynamicTest> engine() {
        JavaClasses engine = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages(ENGINE);
        assertTrue(engine.contain(Lanewise.class), "ArchUnit does not read the class files of this JDK");
        return walls().stream().map(wall -> DynamicTest.dynamicTest(wall.name(),
                () -> wall.rule().allowEmptyShould(true).check(engine)));
    }

    /** Every wall bites: it catches the class that was built to break it. */
    @TestFactory
    Stream<DynamicTest> breaches() {
        JavaClasses broken = new ClassFileImporter().importPackages(BROKEN);
        return walls().stream().filter(wall -> wall.breach() != null)
                .map(wall -> DynamicTest.dynamicTest(wall.breach().getSimpleName(), () -> {
                    List<String> caught = wall.ruleForBroken().allowEmptyShould(true).evaluate(broken)
                            .getFailureReport().getDetails();
                    assertFalse(caught.isEmpty(), "not caught: " + wall.name());
                    assertTrue(caught.stream().allMatch(line -> line.contains(wall.breach().getName())),
                            () -> "caught more than the breach: " + caught);
                }));
    }

    /** The module exports the public face to everybody, and nothing else to anybody. */
    @Test
    void module() throws Exception {
        Path classes = Path.of(Lanewise.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (InputStream file = Files.newInputStream(classes.resolve("module-info.class"))) {
            ModuleDescriptor module = ModuleDescriptor.read(file);
            assertEquals(EXPORTED, module.exports().stream().map(ModuleDescriptor.Exports::toString).collect(toSet()));
            assertEquals(Set.of(), module.opens());
        }
    }

    /** No call, method reference or field access to a member of that name, of these classes or their heirs. */
    private static ArchRule noneUses(String memberPattern, Class<?>... owners) {
        DescribedPredicate<JavaAccess<?>> use = DescribedPredicate.describe(
                memberPattern + " of " + Arrays.toString(owners), access -> access.getName().matches(memberPattern)
                        && Arrays.stream(owners).anyMatch(access.getTargetOwner()::isAssignableTo));
        return noClasses().should().accessTargetWhere(use);
    }

    private static String[] rooms(String root, Set<String> names, boolean withRoot) {
        Stream<String> rooms = names.stream().map(name -> root + "." + name + "..");
        return (withRoot ? Stream.concat(Stream.of(root), rooms) : rooms).toArray(String[]::new);
    }

    /** What a caller can see of a class: its parents, and the signatures of its public and protected members. */
    private static ArchCondition<JavaClass> showOnly(DescribedPredicate<JavaClass> allowed) {
        return new ArchCondition<>("show only types that " + allowed.getDescription()) {
            @Override
            public void check(JavaClass owner, ConditionEvents events) {
                owner.getSuperclass().ifPresent(parent -> check(parent, owner, "extends", events));
                owner.getInterfaces().forEach(parent -> check(parent, owner, "implements", events));
                owner.getTypeParameters().forEach(type -> check(type, owner, "has the type parameter", events));
                owner.getFields().stream().filter(field -> visible(field.getModifiers()))
                        .forEach(field -> check(field.getType(), owner, "has the field " + field.getName() + " of",
                                events));
                owner.getCodeUnits().stream().filter(unit -> visible(unit.getModifiers()))
                        .forEach(unit -> check(unit, owner, events));
            }

            private void check(JavaCodeUnit unit, JavaClass owner, ConditionEvents events) {
                check(unit.getReturnType(), owner, unit.getName() + " returns", events);
                unit.getParameterTypes().forEach(type -> check(type, owner, unit.getName() + " takes", events));
                unit.getTypeParameters().forEach(type -> check(type, owner, unit.getName() + " is generic in", events));
                unit.getExceptionTypes().forEach(type -> check(type, owner, unit.getName() + " throws", events));
            }

            private void check(JavaType type, JavaClass owner, String where, ConditionEvents events) {
                for (JavaClass raw : type.getAllInvolvedRawTypes()) {
                    JavaClass shown = raw.getBaseComponentType();
                    if (!shown.isPrimitive() && !allowed.test(shown)) {
                        events.add(SimpleConditionEvent.violated(owner,
                                owner.getName() + ": " + where + " " + shown.getName()));
                    }
                }
            }
        };
    }

    private static boolean visible(Set<JavaModifier> modifiers) {
        boolean open = modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
        return open && !modifiers.contains(JavaModifier.SYNTHETIC);
    }
}
