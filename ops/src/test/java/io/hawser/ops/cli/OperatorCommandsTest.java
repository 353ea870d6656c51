package io.hawser.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What operators ask of a cluster, against a gateway that only plays one. */
class OperatorCommandsTest {
  @TempDir Path dir;
  private FakeGateway gateway;

  @BeforeEach
  void start() throws IOException {
    gateway = FakeGateway.in(dir);
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  @Test
  void topSumsTheContainersOfEachPod() {
    gateway.on(
        "GET /apis/metrics.k8s.io/v1beta1/namespaces/default/pods",
        200,
        """
        {"items":[{"metadata":{"name":"web-1","namespace":"default"},"containers":[
          {"name":"a","usage":{"cpu":"250m","memory":"32Mi"}},
          {"name":"b","usage":{"cpu":"1","memory":"1024Ki"}}]}]}""");
    assertThat(Result.of(dir, "top", "pods").out())
        .isEqualTo("NAME    CPU(CORES)   MEMORY(BYTES)\nweb-1   1250m        33Mi\n");
  }

  @Test
  void aDrillIsToldStepByStepAndItsReportKept() throws Exception {
    String report =
        """
        {"id":"d1","kind":"node-kill","node":"n1","outcome":"%s","detectedMillis":2100,
         "replacedMillis":2200,"readyMillis":4000,"podsLost":["web-1"],
         "requests":{"sent":50,"failed":3,"longestGapMillis":400},%s
         "steps":[{"atMillis":0,"what":"SIGKILL"}%s]}""";
    gateway.on("GET /api/v1/nodes/n1", 200, "{}");
    gateway.on("POST /apis/hawser.io/v1/drills", 201, report.formatted("running", "", ""));
    gateway.on(
        "GET /apis/hawser.io/v1/drills/d1",
        200,
        report.formatted(
            "passed",
            "\"finishedAt\":\"2026-01-01T00:00:00Z\",",
            ",{\"atMillis\":4000,\"what\":\"ready\"}"));
    Result result = Result.of(dir, "drill", "node-kill", "--node", "n1", "--port", "8080");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("+0.0 s  SIGKILL", "+4.0 s  ready")
        .contains("detected 2.1 s · replaced 2.2 s · ready 4.0 s");
    assertThat(gateway.only("POST").json().toString())
        .isEqualTo("{\"kind\":\"node-kill\",\"node\":\"n1\",\"probePort\":8080}");
    assertThat(
            new ObjectMapper()
                .readTree(dir.resolve("drills/d1.json").toFile())
                .path("outcome")
                .asText())
        .isEqualTo("passed");
    assertThat(dir.resolve("drills/d1.txt")).content().contains("3 failed");
  }

  @Test
  void kubeconfigPrefersThePortWithTls() {
    gateway.on(
        "GET /apis/hawser.io/v1/status",
        200,
        "{\"kubernetes\":{\"server\":\"https://127.0.0.1:9\",\"certificateAuthorityData\":\"Q0E=\"}}");
    assertThat(Result.of(dir, "kubeconfig").out())
        .contains("server: https://127.0.0.1:9")
        .contains("certificate-authority-data: Q0E=");
  }

  @Test
  void kubeconfigNamesAGatewayThatAnswers() {
    gateway.on("GET /version", 200, "{}");
    gateway.on("GET /apis/hawser.io/v1/status", 200, "{}");
    assertThat(Result.of(dir, "kubeconfig").out())
        .contains("server: " + gateway.url())
        .contains("token: secret");
  }

  @Test
  void aLaunchIsPrintedCallByCall() {
    gateway.on(
        "GET /apis/hawser.io/v1/launch/default/web-1",
        200,
        """
        {"kind":"Launch","pod":"web-1","node":"n2","containers":[{"name":"main","attempt":1,"calls":[
          {"step":"open(/proc)","syscall":"openat","arguments":["-100","\\"proc\\""],"mayFail":true},
          {"step":"close()","syscall":"close","arguments":["$0"],"mayFail":false}]}]}""");
    Result result = Result.of(dir, "debug", "launch", "web-1", "-c", "main");
    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .isEqualTo(
            """
            # container main, start 1, on node n2
            $0 = openat(-100, "proc")  # may fail
            $1 = close($0)
            """);
    assertThat(gateway.only("GET").query()).isEqualTo("container=main");
    assertThat(Result.of(dir, "debug", "launch", "web-1", "-o", "json").out())
        .contains("\"syscall\"");
  }

  @Test
  void whatARecoveryMayLoseIsToldByTheEndOfTheLog() {
    gateway.on(
        "POST /apis/hawser.io/v1/recovery",
        200,
        """
        {"answeredBy":"n2","applied":7,"last":{"term":3,"index":930},"members":{"n2":"h:1","n3":"h:2"}}""");

    Result result = Result.of(dir, "journal", "recover");

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out())
        .contains("n2 would keep the journal alone", "ends with entry 930 of term 3", "n3 (h:2)")
        .doesNotContain("n2 (h:1)");
    assertThat(gateway.only("POST").query()).isEqualTo("certain=false");
  }

  @Test
  void aRecoveredJournalIsWaitedForUntilOneSchedulerStays() {
    gateway.on(
        "POST /apis/hawser.io/v1/recovery",
        200,
        """
        {"answeredBy":"n2","applied":7,"members":{"n2":"h:1"}}""");
    String status = "GET /apis/hawser.io/v1/status";
    String located = "{\"scheduler\":{\"node\":\"n2\",\"epoch\":%d,\"revision\":%d}}";
    // The scheduler of the cluster that is left, nobody, then the new one, whose state changes.
    gateway.on(status, 200, located.formatted(3, 40)).on(status, 200, located.formatted(3, 40));
    gateway.on(status, 503, FakeGateway.status(503, "ServiceUnavailable", "try again"));
    gateway.on(status, 200, "{}").on(status, 200, located.formatted(4, 41));
    gateway.on(status, 200, located.formatted(4, 42));

    Result result = Result.of(dir, "journal", "recover", "--yes");

    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(result.out())
        .contains("n2 keeps the journal alone", "the scheduler is on n2 (epoch 4)", "takes writes");
  }
}
