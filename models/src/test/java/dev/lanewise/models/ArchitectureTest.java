package dev.lanewise.models;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.lanewise.models.broken.chat.ReachesIntoEngine;
import dev.lanewise.models.broken.chat.template.ReadsFile;
import dev.lanewise.models.broken.chat.template.ReadsProperty;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The walls of conversations. Each is checked twice: it holds, and a class built to break it is caught. */
class ArchitectureTest {
    private static final String MODELS = "dev.lanewise.models";

    /** Classes that break the walls, laid out like those that keep them. */
    private static final String BROKEN = "dev.lanewise.models.broken";

    /** Programs of strangers run here: they get texts, numbers, collections and a time, and nothing of ours or the machine. */
    private static ArchRule templatesSeeNothing(String root) {
        return classes().that().resideInAPackage(root + ".chat.template..").should().onlyDependOnClassesThat()
                .resideInAnyPackage(root + ".chat.template..", "dev.lanewise.error", "java.lang", "java.lang.runtime",
                        "java.math", "java.time..", "java.util..");
    }

    /** Nor through what {@code java.lang} has. */
    private static ArchRule templatesDoNothing(String root) {
        return noClasses().that().resideInAPackage(root + ".chat.template..").should().accessClassesThat()
                .haveFullyQualifiedName(System.class.getName()).orShould().accessClassesThat()
                .belongToAnyOf(Runtime.class, Class.class, ClassLoader.class, Thread.class, ProcessBuilder.class);
    }

    /** What makes prompts needs no more of the engine than an application does. */
    private static ArchRule chatUsesThePublicFace(String root) {
        return noClasses().that().resideInAPackage(root + ".chat").should().dependOnClassesThat(
                resideInAPackage("dev.lanewise..").and(not(resideInAnyPackage("dev.lanewise", "dev.lanewise.error",
                        root + ".chat", root + ".chat.template"))));
    }

    private static List<ArchRule> walls(String root) {
        return List.of(templatesSeeNothing(root), templatesDoNothing(root), chatUsesThePublicFace(root));
    }

    @Test
    void walls_hold() {
        JavaClasses models = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages(MODELS);
        walls(MODELS).forEach(wall -> wall.check(models));
    }

    @Test
    void walls_catchWhatBreaksThem() {
        JavaClasses broken = new ClassFileImporter().importPackages(BROKEN);
        assertEquals(Map.of(0, ReadsFile.class.getName(), 1, ReadsProperty.class.getName(), 2,
                ReachesIntoEngine.class.getName()), caught(broken));
    }

    /** By wall, the classes that it catches. */
    private static Map<Integer, String> caught(JavaClasses broken) {
        List<ArchRule> walls = walls(BROKEN);
        return IntStream.range(0, walls.size()).boxed()
                .collect(Collectors.toMap(i -> i, i -> broken.stream()
                        .filter(type -> walls.get(i).evaluate(broken).getFailureReport().getDetails().stream()
                                .anyMatch(line -> line.contains("<" + type.getName())))
                        .map(type -> type.getName()).collect(Collectors.joining(" "))));
    }
}
