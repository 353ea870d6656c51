package io.hawser.system;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which module may know which; the table in ARCHITECTURE.md, checked. */
@AnalyzeClasses(packages = "io.hawser", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String[] PEKKO = {"org.apache.pekko..", "scala.."};

  @ArchTest
  static final ArchRule modelKnowsOnlyTheJdk =
      classes()
          .that()
          .resideInAPackage("io.hawser.model..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("io.hawser.model..", "java..");

  @ArchTest
  static final ArchRule runtimeIsALibraryWithoutActors =
      noClasses()
          .that()
          .resideInAPackage("io.hawser.runtime..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(PEKKO);

  @ArchTest
  static final ArchRule runtimeKnowsOnlyTheModelOfUs =
      noClasses()
          .that()
          .resideInAPackage("io.hawser.runtime..")
          .should()
          .dependOnClassesThat(ours().andNotIn("io.hawser.runtime", "io.hawser.model"));

  @ArchTest
  static final ArchRule onlyTheRuntimeTouchesTheKernel =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.hawser.runtime..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("jnr..", "com.kenai.jffi..");

  @ArchTest
  static final ArchRule theSchedulersCoreIsPure =
      noClasses()
          .that()
          .resideInAPackage("io.hawser.scheduler.core..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.pekko..", "scala..", "java.io..", "java.nio.file..");

  @ArchTest
  static final ArchRule theStateIsPure =
      noClasses()
          .that()
          .resideInAPackage("io.hawser.cluster.state..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.pekko..", "scala..");

  @ArchTest
  static final ArchRule coreAsksNoClock =
      noClasses()
          .that()
          .resideInAnyPackage("io.hawser.scheduler.core..", "io.hawser.cluster.state..")
          .should()
          .callMethod(java.time.Instant.class, "now")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(java.util.UUID.class, "randomUUID")
          .orShould()
          .callMethod(Math.class, "random");

  @ArchTest
  static final ArchRule clusterKnowsOnlyTheModelOfUs =
      noClasses()
          .that()
          .resideInAPackage("io.hawser.cluster..")
          .should()
          .dependOnClassesThat(ours().andNotIn("io.hawser.cluster", "io.hawser.model"));

  @ArchTest
  static final ArchRule persistenceKnowsOnlyTheCluster =
      noClasses()
          .that()
          .resideInAPackage("io.hawser.persistence..")
          .should()
          .dependOnClassesThat(
              ours().andNotIn("io.hawser.persistence", "io.hawser.cluster", "io.hawser.model"));

  @ArchTest
  static final ArchRule schedulerMeetsTheOthersInCluster =
      noClasses()
          .that()
          .resideInAPackage("io.hawser.scheduler..")
          .should()
          .dependOnClassesThat(
              ours()
                  .andNotIn(
                      "io.hawser.scheduler",
                      "io.hawser.persistence",
                      "io.hawser.cluster",
                      "io.hawser.model"));

  @ArchTest
  static final ArchRule nodeMeetsTheOthersInCluster =
      noClasses()
          .that()
          .resideInAPackage("io.hawser.node..")
          .should()
          .dependOnClassesThat(
              ours()
                  .andNotIn(
                      "io.hawser.node",
                      "io.hawser.runtime",
                      "io.hawser.cluster",
                      "io.hawser.model"));

  @ArchTest
  static final ArchRule gatewayMeetsTheOthersInCluster =
      noClasses()
          .that()
          .resideInAPackage("io.hawser.gateway..")
          .should()
          .dependOnClassesThat(
              ours().andNotIn("io.hawser.gateway", "io.hawser.cluster", "io.hawser.model"));

  @ArchTest
  static final ArchRule namesSayWhatThingsAre =
      noClasses()
          .should()
          .haveSimpleNameEndingWith("Impl")
          .orShould()
          .haveSimpleNameEndingWith("Manager")
          .orShould()
          .haveSimpleNameEndingWith("Helper")
          .orShould()
          .haveSimpleNameEndingWith("Util")
          .orShould()
          .haveSimpleNameEndingWith("Utils");

  private static OurClasses ours() {
    return new OurClasses("io.hawser");
  }
}
