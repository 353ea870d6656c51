package io.hawser.runtime.oci;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code linux.resources} of a bundle as values of cgroup files: a pure function. */
final class OciResources {
  private static final long DEFAULT_PERIOD_MICROS = 100_000;

  /** As in other runtimes: nodes may be made, and what every container has may be used. */
  private static final List<String> ALWAYS_ALLOWED =
      List.of(
          "c *:* m",
          "b *:* m",
          "c 1:3 rwm",
          "c 1:5 rwm",
          "c 1:7 rwm",
          "c 1:8 rwm",
          "c 1:9 rwm",
          "c 5:0 rwm",
          "c 5:2 rwm",
          "c 136:* rwm");

  private final JsonNode resources;
  private final boolean v2;
  private final List<Map.Entry<String, String>> values = new ArrayList<>();

  private OciResources(JsonNode resources, boolean v2) {
    this.resources = resources;
    this.v2 = v2;
  }

  /**
   * @param v2 whether the files are those of the unified hierarchy
   * @return file names and values in the order in which the kernel takes them
   */
  static List<Map.Entry<String, String>> settings(JsonNode resources, boolean v2) {
    OciResources all = new OciResources(resources, v2);
    all.memory();
    all.cpu();
    all.cpuset();
    all.pids();
    all.hugepages();
    all.blockIo();
    all.devices();
    all.resources
        .path("unified")
        .properties()
        .forEach(e -> all.values.add(Map.entry(e.getKey(), e.getValue().asText())));
    return List.copyOf(all.values);
  }

  private void set(String file, Object value) {
    values.add(Map.entry(file, value.toString()));
  }

  private void memory() {
    JsonNode memory = resources.path("memory");
    JsonNode limit = memory.path("limit");
    JsonNode swap = memory.path("swap");
    JsonNode reservation = memory.path("reservation");
    if (v2) {
      if (limit.isNumber()) {
        set("memory.max", max(limit.asLong()));
      }
      if (swap.isNumber()) { // memory and swap together; v2 counts them apart
        boolean unlimited = swap.asLong() < 0;
        set("memory.swap.max", unlimited ? "max" : swap.asLong() - limit.asLong());
      }
      if (reservation.isNumber()) {
        set("memory.low", max(reservation.asLong()));
      }
      return;
    }
    if (limit.isNumber() && limit.asLong() != 0) {
      set("memory.limit_in_bytes", limit.asLong());
    }
    if (swap.isNumber() && swap.asLong() != 0) {
      set("memory.memsw.limit_in_bytes", swap.asLong());
    }
    if (reservation.isNumber() && reservation.asLong() != 0) {
      set("memory.soft_limit_in_bytes", reservation.asLong());
    }
    if (memory.path("swappiness").isNumber()) {
      set("memory.swappiness", memory.path("swappiness").asLong());
    }
    if (memory.path("disableOOMKiller").asBoolean()) {
      set("memory.oom_control", 1);
    }
  }

  private static Object max(long value) {
    return value < 0 ? "max" : value;
  }

  private void cpu() {
    JsonNode cpu = resources.path("cpu");
    long period = cpu.path("period").asLong(0);
    long quota = cpu.path("quota").asLong(0);
    long shares = cpu.path("shares").asLong(0);
    if (v2) {
      if (shares > 0) { // 2…262144 become 1…10000, as everywhere
        set("cpu.weight", 1 + (Math.max(2, shares) - 2) * 9999 / 262142);
      }
      if (quota != 0 || period > 0) {
        Object most = quota > 0 ? quota : "max";
        set("cpu.max", most + " " + (period > 0 ? period : DEFAULT_PERIOD_MICROS));
      }
      return;
    }
    if (shares > 0) {
      set("cpu.shares", shares);
    }
    if (period > 0) {
      set("cpu.cfs_period_us", period);
    }
    if (quota != 0) {
      set("cpu.cfs_quota_us", quota);
    }
  }

  private void cpuset() {
    for (String name : List.of("cpus", "mems")) {
      String value = resources.path("cpu").path(name).asText("");
      if (!value.isEmpty()) {
        set("cpuset." + name, value);
      }
    }
  }

  private void pids() {
    JsonNode limit = resources.path("pids").path("limit");
    if (limit.isNumber() && limit.asLong() != 0) {
      set("pids.max", max(limit.asLong()));
    }
  }

  private void hugepages() {
    for (JsonNode page : resources.path("hugepageLimits")) {
      String name = "hugetlb." + page.path("pageSize").asText();
      set(name + (v2 ? ".max" : ".limit_in_bytes"), page.path("limit").asText());
    }
  }

  private void blockIo() {
    JsonNode io = resources.path("blockIO");
    long weight = io.path("weight").asLong(0);
    if (weight > 0) { // 10…1000 become 1…10000
      if (v2) {
        set("io.bfq.weight", weight);
      } else {
        set("blkio.bfq.weight", weight);
      }
    }
    throttle(io, "throttleReadBpsDevice", "rbps", "blkio.throttle.read_bps_device");
    throttle(io, "throttleWriteBpsDevice", "wbps", "blkio.throttle.write_bps_device");
    throttle(io, "throttleReadIOPSDevice", "riops", "blkio.throttle.read_iops_device");
    throttle(io, "throttleWriteIOPSDevice", "wiops", "blkio.throttle.write_iops_device");
  }

  private void throttle(JsonNode io, String name, String v2Key, String v1File) {
    for (JsonNode entry : io.path(name)) {
      String device = entry.path("major").asInt() + ":" + entry.path("minor").asInt();
      String rate = entry.path("rate").asText();
      set(v2 ? "io.max" : v1File, v2 ? device + " " + v2Key + "=" + rate : device + " " + rate);
    }
  }

  /** On v2 a program decides: see {@link OciDevices}. */
  private void devices() {
    if (v2) {
      return;
    }
    for (JsonNode rule : resources.path("devices")) {
      String type = rule.path("type").asText("a");
      String major = number(rule.path("major"));
      String minor = number(rule.path("minor"));
      String access = rule.path("access").asText("rwm");
      boolean everything = type.equals("a") && major.equals("*") && minor.equals("*");
      String text = everything ? "a" : type + " " + major + ":" + minor + " " + access;
      set(rule.path("allow").asBoolean() ? "devices.allow" : "devices.deny", text);
    }
    if (!resources.path("devices").isEmpty()) {
      ALWAYS_ALLOWED.forEach(text -> set("devices.allow", text));
    }
  }

  private static String number(JsonNode node) {
    return node.isNumber() && node.asLong() >= 0 ? node.asText() : "*";
  }
}
