package io.hawser.scheduler.security;

import io.hawser.cluster.protocol.SecurityEvent;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Which step of replacing the authority may be made now, and what it writes. */
final class AuthoritySteps {

  /** Either what is to be written, or why not. */
  record Step(Optional<SecurityEvent> event, Optional<String> refusal) {
    static Step write(SecurityEvent event) {
      return new Step(Optional.of(event), Optional.empty());
    }

    static Step refuse(String why) {
      return new Step(Optional.empty(), Optional.of(why));
    }
  }

  private AuthoritySteps() {}

  /**
   * @param behind members that are not as far as this step wants them
   */
  static Step decide(
      String step,
      Authorities now,
      CertificateAuthority signing,
      List<String> behind,
      Instant instant) {
    return switch (step) {
      case "add" -> add(now, signing, instant);
      case "use" ->
          now.next().isEmpty()
              ? Step.refuse("there is no new authority: add one first")
              : behind.isEmpty()
                  ? Step.write(new SecurityEvent.AuthorityUsed(now.next().get()))
                  : Step.refuse("not told of the new authority yet: " + String.join(", ", behind));
      case "drop" ->
          now.former().isEmpty()
              ? Step.refuse("there is no authority but the one that signs")
              : behind.isEmpty()
                  ? Step.write(new SecurityEvent.AuthorityDropped(now.former().get()))
                  : Step.refuse(
                      "no certificate of the new authority yet: " + String.join(", ", behind));
      default -> Step.refuse("step: expected add, use or drop");
    };
  }

  private static Step add(Authorities now, CertificateAuthority signing, Instant instant) {
    if (now.next().isPresent()) {
      return Step.refuse("a new authority was added already: use it");
    }
    if (now.former().isPresent()) {
      return Step.refuse("the one before is still believed: drop it first");
    }
    CertificateAuthority next = CertificateAuthority.create(instant);
    return Step.write(
        new SecurityEvent.AuthorityAdded(
            next.certificatePem(), signing.certificatePem(), signing.seal(next)));
  }
}
