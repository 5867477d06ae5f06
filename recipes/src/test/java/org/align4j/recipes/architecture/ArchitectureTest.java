package org.align4j.recipes.architecture;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ArchitectureTest {
    private static JavaClasses product;
    private static JavaClasses offenders;

    @BeforeAll
    static void read() {
        product = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("org.align4j");
        offenders = new ClassFileImporter().importPackages("org.align4j.losses.architecture", "org.align4j.core.architecture", "org.align4j.rewardmodels.architecture");
    }

    private static final Map<String, ArchRule> RULES = Map.of("layers", Rules.layers(), "losses need the JDK alone", Rules.lossesAlone(), "native libraries",
            Rules.nativeLibraries(), "tokenizers", Rules.tokenizers(), "printing", Rules.printing(), "exiting", Rules.exiting());

    static Stream<String> names() {
        return RULES.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("names")
    void theProductObeys(String rule) {
        RULES.get(rule).check(product);
    }

    @ParameterizedTest
    @MethodSource("names")
    void aRuleFailsWhereItIsBroken(String rule) {
        assertTrue(RULES.get(rule).evaluate(offenders).hasViolation(), rule + " must fail on the offending classes");
    }

    @Test
    void allModulesAreSeen() {
        for (String type : new String[] {"org.align4j.losses.pair.DpoLoss", "org.align4j.core.backend.Backend", "org.align4j.core.model.Transformer",
            "org.align4j.rewardmodels.verifier.FinalAnswerVerifier", "org.align4j.recipes.Align4j"}) {
            assertTrue(product.contain(type), type);
        }
        assertFalse(product.contain(ArchitectureTest.class));
    }
}
