package io.hawser.ops.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.local.ClusterFile.LocalNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalClusterTest {
  @TempDir Path temp;
  private final List<String> said = new ArrayList<>();
  private MachineSlots slots;

  @BeforeEach
  void slots() {
    slots = new MachineSlots(temp.resolve("slots"));
  }

  @Test
  void whatWasDecidedOnceIsKept() {
    LocalCluster first = create("a", 3);
    LocalCluster again =
        LocalCluster.findOrCreate(temp.resolve("a"), OptionalInt.empty(), false, said::add, slots);
    assertThat(again.nodes()).isEqualTo(first.nodes()).hasSize(3);
    assertThat(again.client().token()).isEqualTo(first.client().token()).hasSize(64);
  }

  @Test
  void theTokenIsForItsOwnerOnly() throws Exception {
    create("a", 1);
    for (String name : List.of("token", "cluster.json")) {
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(temp.resolve("a").resolve(name))))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void portsAndSubnetsOfTwoClustersDiffer() {
    List<LocalNode> all =
        Stream.of(create("a", 3), create("b", 3)).flatMap(c -> c.nodes().stream()).toList();
    assertThat(all).extracting(LocalNode::podSubnet).doesNotHaveDuplicates();
    assertThat(all.stream().flatMap(n -> Stream.of(n.port(), n.storePort(), n.gatewayPort())))
        .doesNotHaveDuplicates();
  }

  @Test
  void theSlotOfARemovedClusterIsFreeAgain() throws Exception {
    int slot = create("a", 1).slot();
    Files.delete(temp.resolve("a/cluster.json"));
    assertThat(create("b", 1).slot()).isEqualTo(slot);
  }

  @Test
  void threeNodesOrMoreHaveThreeControllersFewerHaveOne() {
    assertThat(controllers(create("a", 5))).containsExactly("n1", "n2", "n3");
    assertThat(controllers(create("b", 1))).containsExactly("n1");
    assertThat(said).isEmpty();
    assertThat(controllers(create("c", 2))).containsExactly("n1");
    assertThat(said).hasSize(1).first().asString().startsWith("2 nodes: only the first");
  }

  @Test
  void anotherNumberOfNodesIsRefused() {
    create("a", 3);
    assertThatThrownBy(() -> create("a", 2))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("has 3 nodes, not 2");
  }

  @Test
  void aNodesArgumentsNameTheControllersInTheSameOrderEverywhere() {
    LocalCluster cluster = create("a", 4);
    List<String> first = cluster.arguments(cluster.nodes().get(0));
    List<String> last = cluster.arguments(cluster.nodes().get(3));
    int join = first.indexOf("--join") + 1;
    assertThat(first.get(join)).isEqualTo(last.get(join)).contains(",");
    assertThat(first).contains("controller,worker,gateway");
    assertThat(last).contains("worker,gateway");
    assertThat(first.get(first.indexOf("--controllers") + 1)).startsWith("n1=127.0.0.1:");
  }

  private static List<String> controllers(LocalCluster cluster) {
    return cluster.nodes().stream().filter(LocalNode::controller).map(LocalNode::name).toList();
  }

  /** Two nodes of two clusters then wanted one port. */
  @Test
  void clustersThatAreMadeAtTheSameMomentShareNoSlot() {
    int many = 6;
    CyclicBarrier together = new CyclicBarrier(many);
    List<CompletableFuture<Integer>> slotsTaken = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      String name = "at-once-" + i;
      CompletableFuture<Integer> slot = new CompletableFuture<>();
      slotsTaken.add(slot);
      new Thread(
              () -> {
                try {
                  together.await();
                  slot.complete(create(name, 3).slot());
                } catch (Exception e) {
                  slot.completeExceptionally(e);
                }
              })
          .start();
    }
    assertThat(slotsTaken.stream().map(CompletableFuture::join)).doesNotHaveDuplicates();
  }

  private LocalCluster create(String name, int nodes) {
    return LocalCluster.findOrCreate(
        temp.resolve(name), OptionalInt.of(nodes), false, said::add, slots);
  }
}
