package io.hawser.runtime.oci;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OciResourcesTest {
  private static JsonNode json(String text) throws Exception {
    return new ObjectMapper().readTree(text.replace('\'', '"'));
  }

  @Test
  void limitsBecomeFilesOfBothVersions() throws Exception {
    JsonNode resources =
        json(
            "{'memory':{'limit':64,'swap':100},'cpu':{'shares':1024,'quota':50000,'period':100000,"
                + "'cpus':'0'},'pids':{'limit':-1},'unified':{'memory.high':'7'}}");
    assertThat(OciResources.settings(resources, false))
        .startsWith(
            Map.entry("memory.limit_in_bytes", "64"),
            Map.entry("memory.memsw.limit_in_bytes", "100"),
            Map.entry("cpu.shares", "1024"),
            Map.entry("cpu.cfs_period_us", "100000"),
            Map.entry("cpu.cfs_quota_us", "50000"),
            Map.entry("cpuset.cpus", "0"),
            Map.entry("pids.max", "max"));
    assertThat(OciResources.settings(resources, true))
        .containsExactly(
            Map.entry("memory.max", "64"),
            Map.entry("memory.swap.max", "36"),
            Map.entry("cpu.weight", "39"),
            Map.entry("cpu.max", "50000 100000"),
            Map.entry("cpuset.cpus", "0"),
            Map.entry("pids.max", "max"),
            Map.entry("memory.high", "7"));
  }

  @Test
  void deviceRulesAreFollowedInTheirOrder() throws Exception {
    assertThat(OciDevices.allowed(json("[]"))).isEmpty();
    assertThat(
            OciDevices.allowed(
                json(
                    "[{'allow':false,'access':'rwm'},"
                        + "{'allow':true,'type':'c','major':10,'minor':229,'access':'rw'},"
                        + "{'allow':true,'type':'b','major':8,'access':'r'},"
                        + "{'allow':false,'type':'b','major':8,'access':'r'}]")))
        .isEqualTo(Optional.of(List.of("c 10:229 rw")));
    assertThat(
            OciDevices.allowed(json("[{'allow':false},{'allow':true,'type':'a','access':'rwm'}]")))
        .isEmpty();
  }

  @Test
  void mountOptionsBecomeFlagsAndTheRestIsTheFileSystems() throws Exception {
    var mounts =
        OciMounts.parse(
            json(
                "[{'destination':'/t','type':'tmpfs','source':'tmpfs',"
                    + "'options':['nosuid','ro','rw','size=1m','mode=700','rshared','tmpcopyup']}]"),
            java.nio.file.Path.of("/"),
            Map.of(),
            true,
            0);
    assertThat(mounts).hasSize(1);
    assertThat(mounts.get(0).flags()).isEqualTo(2);
    assertThat(mounts.get(0).data()).isEqualTo("size=1m,mode=700");
    assertThat(mounts.get(0).propagation()).isEqualTo(1L << 20 | 16384);
  }
}
