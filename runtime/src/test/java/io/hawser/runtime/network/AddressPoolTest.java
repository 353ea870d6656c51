package io.hawser.runtime.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AddressPoolTest {
  @TempDir Path directory;

  private AddressPool pool(String subnet) {
    return new AddressPool(Cidr.parse(subnet), directory.resolve("position"));
  }

  @Test
  void firstAddressIsTheGateways() {
    assertThat(Cidr.parse("10.1.2.77/24").gateway()).isEqualTo("10.1.2.1");
    assertThat(pool("10.1.2.0/24").allocate("a")).isEqualTo("10.1.2.2");
  }

  @Test
  void samePodKeepsItsAddress() {
    AddressPool pool = pool("10.1.2.0/24");
    assertThat(pool.allocate("a")).isEqualTo(pool.allocate("a"));
  }

  @Test
  void releasedAddressComesBackLast() {
    AddressPool pool = pool("10.1.2.0/29"); // five pods
    String first = pool.allocate("a");
    pool.release("a");
    for (String pod : new String[] {"b", "c", "d", "e"}) {
      assertThat(pool.allocate(pod)).isNotEqualTo(first);
    }
    assertThat(pool.allocate("f")).isEqualTo(first);
  }

  @Test
  void rotationGoesOnAfterARestart() {
    assertThat(pool("10.1.2.0/24").allocate("a")).isEqualTo("10.1.2.2");
    AddressPool restarted = pool("10.1.2.0/24");
    restarted.reserve("a", "10.1.2.2");
    assertThat(restarted.allocate("b")).isEqualTo("10.1.2.3");
  }

  @Test
  void fullPoolSaysSo() {
    AddressPool pool = pool("10.1.2.0/30");
    pool.allocate("a");
    assertThatThrownBy(() -> pool.allocate("b")).hasMessageContaining("no free address: all 1 of");
  }

  @Test
  void badSubnetIsNamed() {
    for (String bad : new String[] {"10.1.2.0", "10.1.2.0/31", "10.1.256.0/24", "::/64"}) {
      assertThatThrownBy(() -> Cidr.parse(bad)).hasMessageContaining("podSubnet " + bad);
    }
  }

  @Test
  void interfaceNamesFit() {
    String name = PodNetwork.bridgeName("a-node-with-a-very-long-name-indeed");
    assertThat(name).hasSizeLessThanOrEqualTo(15).startsWith("hws-");
  }
}
