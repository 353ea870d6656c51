package io.hawser.scheduler.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.Roles;
import io.hawser.cluster.protocol.SecurityProtocol;
import io.hawser.cluster.protocol.SecurityProtocol.AuthorityAnswer;
import io.hawser.cluster.protocol.SecurityProtocol.Command;
import io.hawser.cluster.protocol.SecurityProtocol.Signed;
import io.hawser.cluster.protocol.SecurityProtocol.TokenAnswer;
import io.hawser.cluster.security.NodeTls;
import io.hawser.cluster.security.RemotingTls;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.cluster.typed.JoinSeedNodes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Who may join a cluster with TLS, and how certificates come and go. */
class SecureClusterTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** A member joins in about a second; who is refused has had several tries by then. */
  private static final Duration REFUSED_FOR = Duration.ofSeconds(6);

  /** Short, to see them renewed. */
  private static final Duration SHORT = Duration.ofSeconds(6);

  private final CertificateAuthority authority = CertificateAuthority.create(Instant.now());
  private final List<ActorTestKit> kits = new ArrayList<>();
  @TempDir Path dir;
  private ActorTestKit first;
  private ActorRef<Command> security;
  private TestProbe<Signed> signed;
  private TestProbe<TokenAnswer> answers;

  @BeforeEach
  void startTheFirst(TestInfo test) throws IOException {
    // Where nothing is renewed for its age, nothing ends on a slow machine either.
    Duration validity =
        test.getDisplayName().startsWith("certificatesAreRenewed") ? SHORT : Duration.ofDays(1);
    issue(authority, "n1", Duration.ofDays(1));
    first = start("n1", Optional.of("n1"));
    Cluster cluster = Cluster.get(first.system());
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    await().atMost(PATIENCE).until(() -> isUp(first));
    security = security(validity);
    signed = first.createTestProbe();
    answers = first.createTestProbe();
  }

  private ActorRef<Command> security(Duration validity) {
    return first.spawn(
        SecurityActor.create(
            new SecurityActor.Settings(
                authority, validity, () -> Map.of("n1", "127.0.0.1:1"), Clock.systemUTC())));
  }

  @AfterEach
  void stopAll() {
    kits.forEach(ActorTestKit::shutdownTestKit);
  }

  @Test
  void aNodeOfTheSameAuthorityJoinsAndOthersDoNot() throws IOException {
    issue(authority, "n2", Duration.ofDays(1));
    issue(CertificateAuthority.create(Instant.now()), "n3", Duration.ofDays(1));
    ActorTestKit member = join("n2", Optional.of("n2"));
    ActorTestKit stranger = join("n3", Optional.of("n3"));
    ActorTestKit bare = join("n4", Optional.empty());
    await().atMost(PATIENCE).until(() -> isUp(member));
    await().during(REFUSED_FOR).atMost(PATIENCE).until(() -> !isUp(stranger) && !isUp(bare));
    assertThat(Cluster.get(first.system()).state().getMembers()).hasSize(2);
  }

  @Test
  void aTokenLetsAMachineInForItsRolesUntilItIsRevoked() {
    JoinToken token = create(Set.of(Roles.WORKER), 60);
    assertThat(token.fingerprint()).isEqualTo(authority.fingerprint());
    assertThat(join(token.claim(), Set.of(Roles.WORKER)).refusal()).isEmpty();
    assertThat(join(token.claim(), Set.of(Roles.WORKER)).authoritySecret()).isEmpty();
    assertThat(join(token.claim(), Set.of(Roles.CONTROLLER)).refusal().orElseThrow())
        .contains("not for [controller]");
    String wrong = token.id() + "." + "0".repeat(32);
    assertThat(join(wrong, Set.of(Roles.WORKER)).refusal().orElseThrow()).contains("not known");
    assertThat(join("nonsense", Set.of()).refusal()).isPresent();

    security.tell(new SecurityProtocol.RevokeToken(token.id(), answers.getRef()));
    assertThat(answers.receiveMessage(PATIENCE).refusal()).isEmpty();
    assertThat(join(token.claim(), Set.of(Roles.WORKER)).refusal().orElseThrow())
        .contains("not known");
  }

  @Test
  void aTokenThatCameWithARestoredJournalIsKnownAtOnce() {
    ActorRef<Command> idle = security;
    assertThat(join("nonsense", Set.of()).refusal()).as("it has read its journal").isPresent();
    security = security(Duration.ofDays(1));
    JoinToken token = create(Set.of(Roles.WORKER), 60);
    security = idle;
    assertThat(join(token.claim(), Set.of(Roles.WORKER)).refusal()).isPresent();

    security.tell(new SecurityProtocol.JournalRestored());

    assertThat(join(token.claim(), Set.of(Roles.WORKER)).refusal()).isEmpty();
  }

  @Test
  void aTokenEnds() {
    JoinToken token = create(Set.of(Roles.WORKER), 1);
    await()
        .atMost(PATIENCE)
        .until(() -> join(token.claim(), Set.of(Roles.WORKER)).refusal().isPresent());
    TestProbe<SecurityProtocol.Tokens> tokens = first.createTestProbe();
    security.tell(new SecurityProtocol.ListTokens(tokens.getRef()));
    assertThat(tokens.receiveMessage(PATIENCE).tokens()).isEmpty();
  }

  @Test
  void aControllerGetsTheAuthoritysKeyAndNobodySeesItInALog() {
    JoinToken token = create(Set.of(Roles.CONTROLLER), 60);
    Signed given = join(token.claim(), Set.of(Roles.CONTROLLER));
    assertThat(given.authoritySecret().orElseThrow()).contains("PRIVATE KEY");
    assertThat(given.controllers()).containsOnlyKeys("n1");
    assertThat(given.toString() + token).doesNotContain("KEY").doesNotContain(token.secret());
    assertThat(new SecurityProtocol.Join(token.claim(), "", Set.of(), signed.getRef()).toString())
        .doesNotContain(token.secret());
  }

  @Test
  void certificatesAreRenewedBeforeTheyEndWithoutARestart() throws IOException {
    issue(authority, "n2", Duration.ofSeconds(6));
    NodeTls tls = NodeTls.open(dir.resolve("n2"));
    Instant end = tls.validUntil();
    first.spawn(
        CertificateRenewal.create(
                new CertificateRenewal.Settings(
                    tls, dir.resolve("n2"), "n2", List.of("127.0.0.1"), Duration.ofMillis(100)),
                security)
            .unsafeCast());
    ActorTestKit member = join("n2", Optional.of("n2"));
    await().atMost(PATIENCE).until(() -> isUp(member));
    await().atMost(PATIENCE).until(() -> tls.validUntil().isAfter(end.plusSeconds(6)));
    assertThat(isUp(member)).isTrue();
    // The third certificate opens new connections.
    issue(authority, "n5", Duration.ofDays(1));
    ActorTestKit late = join("n5", Optional.of("n5"));
    await().atMost(PATIENCE).until(() -> isUp(late));
  }

  @Test
  void theAuthorityIsReplacedWhileMembersStayAndANodeIsThrownOut() throws IOException {
    issue(authority, "n2", Duration.ofDays(1));
    ActorTestKit member = join("n2", Optional.of("n2"));
    await().atMost(PATIENCE).until(() -> isUp(member));
    NodeTls one = certificates(first, "n1");
    NodeTls two = certificates(member, "n2");

    step("add");
    step("use");
    await().atMost(PATIENCE).until(() -> !two.signedBy().equals(authority.fingerprint()));
    AuthorityAnswer done = step("drop");

    assertThat(done.authorities()).containsExactly(done.signer());
    assertThat(one.signedBy()).isEqualTo(done.signer()).isNotEqualTo(authority.fingerprint());
    assertThat(isUp(member)).isTrue();
    // What the old one signed does not get in any more.
    issue(authority, "n3", Duration.ofDays(1));
    ActorTestKit late = join("n3", Optional.of("n3"));
    await().during(REFUSED_FOR).atMost(PATIENCE).until(() -> !isUp(late));

    TestProbe<AuthorityAnswer> answer = first.createTestProbe();
    security.tell(new SecurityProtocol.RevokeNode("n2", address(member), answer.getRef()));
    assertThat(answer.receiveMessage(PATIENCE).revoked()).containsKey("n2");
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              one.reload();
              return Cluster.get(first.system())
                      .state()
                      .getMembers()
                      .spliterator()
                      .getExactSizeIfKnown()
                  <= 1;
            });
    ActorTestKit again = join("n2", Optional.of("n2"));
    await().during(REFUSED_FOR).atMost(PATIENCE).until(() -> !isUp(again));
  }

  /** Asks until every member is as far. */
  private AuthorityAnswer step(String step) {
    TestProbe<AuthorityAnswer> answer = first.createTestProbe();
    return await()
        .atMost(PATIENCE)
        .until(
            () -> {
              security.tell(new SecurityProtocol.ChangeAuthority(step, answer.getRef()));
              return answer.receiveMessage(PATIENCE);
            },
            said -> said.refusal().isEmpty());
  }

  private NodeTls certificates(ActorTestKit kit, String node) throws IOException {
    NodeTls tls = NodeTls.open(dir.resolve(node));
    kit.spawn(
        CertificateRenewal.create(
                new CertificateRenewal.Settings(
                    tls, dir.resolve(node), node, List.of("127.0.0.1"), Duration.ofMillis(200)),
                securityFrom(kit))
            .unsafeCast(),
        SecurityProtocol.CERTIFICATES);
    return tls;
  }

  /** As the singleton's proxy does. */
  private ActorRef<Command> securityFrom(ActorTestKit kit) {
    String path = ActorRefResolver.get(first.system()).toSerializationFormat(security);
    return ActorRefResolver.get(kit.system()).resolveActorRef(path);
  }

  private static String address(ActorTestKit kit) {
    return Cluster.get(kit.system()).selfMember().address().toString();
  }

  private JoinToken create(Set<String> roles, long ttlSeconds) {
    security.tell(new SecurityProtocol.CreateToken(roles, ttlSeconds, answers.getRef()));
    return JoinToken.parse(answers.receiveMessage(PATIENCE).token().orElseThrow());
  }

  private Signed join(String claim, Set<String> roles) {
    String csr = CertificateRequest.write("n9", List.of("127.0.0.1"), CertificateRequest.newKey());
    security.tell(new SecurityProtocol.Join(claim, csr, roles, signed.getRef()));
    return signed.receiveMessage(PATIENCE);
  }

  private static boolean isUp(ActorTestKit kit) {
    return Cluster.get(kit.system()).selfMember().status().equals(MemberStatus.up());
  }

  private ActorTestKit join(String name, Optional<String> tls) {
    ActorTestKit kit = start(name, tls);
    Cluster.get(kit.system())
        .manager()
        .tell(new JoinSeedNodes(List.of(Cluster.get(first.system()).selfMember().address())));
    return kit;
  }

  private ActorTestKit start(String name, Optional<String> tls) {
    Config config =
        ConfigFactory.parseString(
                """
                pekko.loglevel = OFF
                pekko.coordinated-shutdown.exit-jvm = off
                pekko.persistence.journal.plugin = "pekko.persistence.testkit.journal"
                pekko.persistence.testkit.journal.class =
                  "org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin"
                """)
            .withFallback(
                tls.map(t -> RemotingTls.config(dir.resolve(t))).orElse(ConfigFactory.empty()))
            .withFallback(
                ClusterConfig.member("127.0.0.1", 0, List.of(Roles.CONTROLLER), List.of()));
    ActorTestKit kit = ActorTestKit.create(ClusterConfig.SYSTEM, ClusterConfig.load(config));
    kits.add(kit);
    return kit;
  }

  private void issue(CertificateAuthority by, String name, Duration validity) throws IOException {
    NodeCertificates.issue(
        by, dir.resolve(name), name, List.of("127.0.0.1"), Instant.now(), validity);
  }
}
