package io.hawser.scheduler.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.cluster.protocol.SecurityEvent;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The authority's steps, as pure decisions and folds. */
class AuthoritiesTest {
  private static final Instant NOON = Instant.now();

  private final CertificateAuthority first = CertificateAuthority.create(NOON);
  private Authorities authorities = Authorities.none();

  @Test
  void itIsReplacedInThreeSteps() {
    step("add");
    assertThat(authorities.believed()).hasSize(2);
    assertThat(authorities.signing(first).fingerprint()).isEqualTo(first.fingerprint());

    step("use");
    CertificateAuthority second = authorities.signing(first);
    assertThat(second.fingerprint()).isNotEqualTo(first.fingerprint());
    assertThat(authorities.believed()).hasSize(2);

    step("drop");
    assertThat(authorities.believed()).containsOnlyKeys(second.fingerprint());
    assertThat(authorities.trust().signer()).isEqualTo(second.fingerprint());
  }

  @Test
  void aControllerOpensTheKeysOfAllThatCameAfterItsOwn() {
    for (String step : List.of("add", "use", "drop", "add", "use", "drop")) {
      step(step);
    }
    CertificateAuthority third = authorities.signing(first);
    // One that joined later has the newest in its file, and needs none of the former.
    assertThat(authorities.signing(third).fingerprint()).isEqualTo(third.fingerprint());
    CertificateAuthority stranger = CertificateAuthority.create(NOON);
    assertThatThrownBy(() -> authorities.signing(stranger)).hasMessageContaining("must join again");
  }

  @Test
  void noStepIsMadeTwiceOrOutOfOrder() {
    assertThat(refusal("use")).contains("add one first");
    assertThat(refusal("drop")).contains("no authority but");
    step("add");
    assertThat(refusal("add")).contains("use it");
    assertThat(refusal("drop")).contains("no authority but");
    step("use");
    assertThat(refusal("add")).contains("drop it first");
    assertThat(refusal("nonsense")).contains("expected");
  }

  @Test
  void aStepWaitsForEveryMember() {
    step("add");
    AuthoritySteps.Step use = AuthoritySteps.decide("use", authorities, first, List.of("n3"), NOON);
    assertThat(use.refusal().orElseThrow()).contains("n3");
    assertThat(use.event()).isEmpty();
  }

  @Test
  void nobodyReadsAKeyInTheJournal() {
    step("add");
    step("use");
    CertificateAuthority second = authorities.signing(first);
    String key = second.secretPem().replace(second.certificatePem(), "").strip();
    assertThat(authorities.added().get(0).sealedKey()).doesNotContain(key.split("\n")[1]);
    assertThatThrownBy(
            () ->
                CertificateAuthority.create(NOON)
                    .open(
                        authorities.added().get(0).sealedKey(),
                        authorities.added().get(0).certificate()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whoWasThrownOutLongestAgoIsForgotten() {
    for (int i = 0; i <= Authorities.MAX_REVOKED; i++) {
      authorities = authorities.evolve(new SecurityEvent.NodeRevoked("n" + i, NOON.plusSeconds(i)));
    }
    assertThat(authorities.revoked()).hasSize(Authorities.MAX_REVOKED).doesNotContainKey("n0");
  }

  private void step(String step) {
    authorities = authorities.evolve(decide(step).event().orElseThrow());
  }

  private String refusal(String step) {
    return decide(step).refusal().orElseThrow();
  }

  private AuthoritySteps.Step decide(String step) {
    return AuthoritySteps.decide(step, authorities, authorities.signing(first), List.of(), NOON);
  }
}
