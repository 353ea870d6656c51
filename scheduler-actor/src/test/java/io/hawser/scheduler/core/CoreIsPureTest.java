package io.hawser.scheduler.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

class CoreIsPureTest {
  private final JavaClasses core =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.hawser.scheduler.core");

  @Test
  void theCoreKnowsNoActorsNoFilesAndNoNetwork() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.apache.pekko..",
            "com.typesafe..",
            "org.slf4j..",
            "java.io..",
            "java.nio.file..",
            "java.net..",
            "java.util.concurrent..",
            "io.hawser.persistence..")
        .check(core);
  }

  @Test
  void theCoreHasNoClockAndNoRandomnessOfItsOwn() {
    noClasses().should().callMethod(Instant.class, "now").check(core);
    noClasses().should().callMethod(UUID.class, "randomUUID").check(core);
    noClasses().should().callMethod(System.class, "nanoTime").check(core);
    noClasses().should().callMethod(System.class, "currentTimeMillis").check(core);
    noClasses().should().dependOnClassesThat().areAssignableTo(Clock.class).check(core);
    noClasses().should().dependOnClassesThat().areAssignableTo(Random.class).check(core);
    noClasses().should().dependOnClassesThat().areAssignableTo(ThreadLocalRandom.class).check(core);
  }
}
