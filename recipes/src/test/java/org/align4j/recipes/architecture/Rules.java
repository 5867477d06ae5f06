package org.align4j.recipes.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import java.util.List;

/** What holds the modules apart, as rules over compiled classes. */
final class Rules {
    private static final String BACKENDS = "org.align4j.core.backend..";

    private Rules() {}

    /** examples → recipes → rewardmodels → core → losses, and never back. */
    static ArchRule layers() {
        List<String> order = List.of("losses", "core", "rewardmodels", "recipes", "examples");
        CompositeArchRule all = null;
        for (int i = 0; i + 1 < order.size(); i++) {
            String[] above = order.subList(i + 1, order.size()).stream().map(Rules::module).toArray(String[]::new);
            ArchRule one = noClasses().that().resideInAPackage(module(order.get(i))).should().dependOnClassesThat().resideInAnyPackage(above);
            all = all == null ? CompositeArchRule.of(one) : all.and(one);
        }
        return all.allowEmptyShould(true);
    }

    private static String module(String name) {
        return "org.align4j." + name + "..";
    }

    /** The objectives need the JDK and nothing else. */
    static ArchRule lossesAlone() {
        return noClasses().that().resideInAPackage("org.align4j.losses..")
                .should().dependOnClassesThat().resideOutsideOfPackages("org.align4j.losses..", "java..");
    }

    /** Native libraries are seen by the backends alone, and by heads, which are Deeplearning4j's networks; everyone else holds opaque tensors and plain arrays. */
    static ArchRule nativeLibraries() {
        return noClasses().that().resideInAPackage("org.align4j..").and().resideOutsideOfPackages(BACKENDS, "org.align4j.rewardmodels.head..")
                .should().dependOnClassesThat().resideInAnyPackage("org.nd4j..", "org.bytedeco..", "org.deeplearning4j..");
    }

    /** The tokenizer library is seen by the text package alone. */
    static ArchRule tokenizers() {
        return noClasses().that().resideInAPackage("org.align4j..").and().resideOutsideOfPackage("org.align4j.core.text..")
                .should().dependOnClassesThat().resideInAPackage("ai.djl..");
    }

    /** A library does not print; the command line and the examples do. */
    static ArchRule printing() {
        return noClasses().that().resideInAPackage("org.align4j..")
                .and().resideOutsideOfPackages("org.align4j.recipes.cli..", "org.align4j.recipes.bench..", "org.align4j.examples..")
                .should().accessField(System.class, "out").orShould().accessField(System.class, "err");
    }

    /** Only the entry point ends the process. */
    static ArchRule exiting() {
        DescribedPredicate<JavaAccess<?>> exits = DescribedPredicate.describe("System.exit or Runtime.exit or halt", access -> {
            JavaClass owner = access.getTargetOwner();
            return owner.isEquivalentTo(System.class) && access.getName().equals("exit")
                    || owner.isEquivalentTo(Runtime.class) && (access.getName().equals("exit") || access.getName().equals("halt"));
        });
        return noClasses().that().resideInAPackage("org.align4j..").and().doNotHaveFullyQualifiedName("org.align4j.recipes.Align4j")
                .and().resideOutsideOfPackage("org.align4j.recipes.bench..").should().accessTargetWhere(exits);
    }
}
