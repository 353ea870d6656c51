package io.hawser.scheduler.core;

import static io.hawser.scheduler.core.ClaimSamples.claim;
import static io.hawser.scheduler.core.ClaimSamples.stateful;
import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.model.EventRecord;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec.Volume;
import io.hawser.model.ResourceQuota;
import io.hawser.model.StatefulSet.ClaimRetention;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SetClaimTest {
  private final World world = World.withNodes(3);

  private List<String> claims() {
    return world.state.objects().all(PersistentVolumeClaim.class).stream()
        .map(c -> c.meta().name())
        .toList();
  }

  private void set(int replicas, boolean parallel, ClaimRetention retention) {
    world.ask(WorkloadSamples.create(stateful("s", "v1", replicas, parallel, retention)));
    world.settle();
  }

  private void scale(int replicas, ClaimRetention retention) {
    world.ask(WorkloadSamples.update(stateful("s", "v1", replicas, false, retention)));
    world.settle();
  }

  private void deleteSet() {
    world.ask(ClaimSamples.delete("StatefulSet", Samples.name("s").namespace(), "s"));
    world.settle();
  }

  @Test
  void eachPodHasAClaimOfItsOwnAndComesBackToIt() {
    set(3, false, ClaimRetention.RETAIN);
    assertThat(claims()).containsExactly("data-s-0", "data-s-1", "data-s-2");
    Pod pod = world.pod("s-1");
    assertThat(pod.spec().volumes()).extracting(Volume::name).containsExactly("data");
    assertThat(pod.spec().claimNames()).containsExactly("data-s-1");
    Optional<String> node = pod.nodeName();
    assertThat(claim(world, "data-s-1").orElseThrow().status().node()).isEqualTo(node);

    world.ask(Samples.deletePod(pod.name()));
    world.settle();
    assertThat(world.pod("s-1").uid()).isNotEqualTo(pod.uid());
    assertThat(world.pod("s-1").nodeName()).isEqualTo(node);
  }

  @Test
  void parallelPodsGetTheirClaimsToo() {
    set(3, true, ClaimRetention.RETAIN);
    assertThat(claims()).hasSize(3);
    assertThat(ClaimSamples.volumes(world)).hasSize(3);
  }

  @Test
  void claimsAreRetainedUnlessTheSetSaysOtherwise() {
    set(2, false, ClaimRetention.RETAIN);
    scale(1, ClaimRetention.RETAIN);
    assertThat(claims()).hasSize(2);
    deleteSet();
    assertThat(claims()).hasSize(2);
    set(2, false, ClaimRetention.RETAIN);
    assertThat(ClaimSamples.volumes(world)).as("the old ones").hasSize(2);
  }

  @Test
  void aScaledAwayPodsClaimGoesAfterItWhereTheSetSaysSo() {
    ClaimRetention retention = new ClaimRetention(false, true);
    set(2, false, retention);
    world.ask(WorkloadSamples.update(stateful("s", "v1", 1, false, retention)));
    assertThat(claim(world, "data-s-1").orElseThrow().isDeleting()).isTrue();
    world.settle();
    assertThat(claims()).containsExactly("data-s-0");
    deleteSet();
    assertThat(claims()).containsExactly("data-s-0");
  }

  @Test
  void aClaimThatWasRetainedIsNotDeletedByALaterPolicy() {
    set(2, false, ClaimRetention.RETAIN);
    scale(1, ClaimRetention.RETAIN);
    scale(1, new ClaimRetention(false, true));
    assertThat(claims()).hasSize(2);
  }

  @Test
  void claimsGoWithTheSetWhereItSaysSo() {
    world.ask(ClaimSamples.createClaim("data-s-x"));
    set(2, false, new ClaimRetention(true, false));
    scale(1, new ClaimRetention(true, false));
    deleteSet();
    assertThat(claims()).as("not a set's").containsExactly("data-s-x");
  }

  @Test
  void aPodWaitsForItsNameUntilAClaimThatIsBeingDeletedIsGone() {
    set(1, false, ClaimRetention.RETAIN);
    String uid = claim(world, "data-s-0").orElseThrow().meta().uid();
    world.ask(ClaimSamples.deleteClaim("data-s-0"));
    world.settle();
    assertThat(world.pod("s-0")).as("it uses it").isNotNull();
    world.ask(Samples.deletePod(Samples.name("s-0")));
    world.settle();
    assertThat(world.pod("s-0").status().isReady()).isTrue();
    assertThat(claim(world, "data-s-0").orElseThrow().meta().uid()).isNotEqualTo(uid);
  }

  @Test
  void aQuotaThatAllowsNoMoreClaimsHoldsThePodAndIsTold() {
    world.ask(
        WorkloadSamples.create(
            new ResourceQuota(
                WorkloadSamples.meta("q"),
                Map.of("persistentvolumeclaims", 1L),
                ResourceQuota.Status.NONE)));
    set(2, false, ClaimRetention.RETAIN);
    assertThat(claims()).containsExactly("data-s-0");
    assertThat(world.pod("s-1")).isNull();
    assertThat(world.state.events().stream().map(EventRecord::message))
        .anyMatch(m -> m.contains("\"data-s-1\" is forbidden: exceeded quota: q"));
  }

  @Test
  void otherClaimTemplatesAreRefused() {
    set(1, false, ClaimRetention.RETAIN);
    assertThat(
            world
                .refused(WorkloadSamples.update(WorkloadSamples.stateful("s", "v1", 1, false, 0)))
                .message())
        .contains("spec.volumeClaimTemplates");
  }
}
