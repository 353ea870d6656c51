package io.hawser.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProtobufTest {
  @Test
  void aNamespaceIsReadAsTheJsonItStandsFor() {
    byte[] meta = join(field(1, text("blue")), field(2, text("")), field(11, entry("a", "b")));
    ObjectNode namespace = Protobuf.parse(object("Namespace", field(1, meta)));

    assertThat(namespace.path("kind").asText()).isEqualTo("Namespace");
    assertThat(namespace.path("apiVersion").asText()).isEqualTo("v1");
    assertThat(namespace.at("/metadata/name").asText()).isEqualTo("blue");
    assertThat(namespace.at("/metadata/labels/a").asText()).isEqualTo("b");
    assertThat(namespace.path("metadata").has("generateName")).as("an unset text").isFalse();
  }

  @Test
  void numbersQuantitiesAndPercentagesAreRead() {
    byte[] rolling = field(1, join(number(1, 1), number(2, 0), field(3, text("30%"))));
    byte[] strategy = join(field(1, text("RollingUpdate")), field(2, rolling));
    byte[] limits = field(1, join(field(1, text("cpu")), field(2, field(1, text("500m")))));
    byte[] container = join(field(1, text("web")), field(8, limits));
    byte[] template = field(2, field(2, container));
    byte[] spec = join(number(1, 3), field(3, template), field(4, strategy), number(7, 1));
    ObjectNode deployment = Protobuf.parse(object("Deployment", field(2, spec)));

    assertThat(deployment.at("/spec/replicas").asInt()).isEqualTo(3);
    assertThat(deployment.at("/spec/paused").asBoolean()).isTrue();
    assertThat(deployment.at("/spec/strategy/rollingUpdate/maxUnavailable").asText())
        .isEqualTo("30%");
    assertThat(deployment.at("/spec/template/spec/containers/0/resources/limits/cpu").asText())
        .isEqualTo("500m");
  }

  @Test
  void aFieldThatIsNotReadIsRefusedUnlessItSaysNothing() {
    byte[] dns = field(2, field(3, field(2, field(26, field(1, text("x"))))));
    assertThatThrownBy(() -> Protobuf.parse(object("Deployment", dns)))
        .isInstanceOf(StatusError.class)
        .hasMessageContaining("field 26 of PodSpec")
        .hasMessageContaining("application/json");
    byte[] none = field(2, field(3, field(2, field(26, new byte[0]))));
    assertThat(Protobuf.parse(object("Deployment", none)).at("/spec/template/spec")).isEmpty();
  }

  @Test
  void aSecretsBytesAreBase64() {
    byte[] data = field(2, join(field(1, text("pw")), field(2, new byte[] {0, (byte) 0xff})));
    ObjectNode secret = Protobuf.parse(object("Secret", join(data, field(3, text("Opaque")))));

    assertThat(secret.at("/data/pw").asText()).isEqualTo("AP8=");
    assertThat(secret.path("type").asText()).isEqualTo("Opaque");
  }

  @Test
  void whatGoEmbedsBelongsToTheOuterMessage() {
    byte[] ref = join(field(1, field(1, text("settings"))), field(2, text("level")));
    byte[] variable = field(7, join(field(1, text("LEVEL")), field(3, field(3, ref))));
    byte[] probe = field(11, join(field(1, field(1, field(1, text("true")))), number(4, 0)));
    byte[] container = field(2, join(field(1, text("c")), variable, probe));
    byte[] source = field(19, field(1, field(1, text("settings"))));
    byte[] volume = field(1, join(field(1, text("v")), field(2, source)));
    ObjectNode pod = Protobuf.parse(object("Pod", field(2, join(volume, container))));

    assertThat(pod.at("/spec/volumes/0").toString())
        .isEqualTo("{\"name\":\"v\",\"configMap\":{\"name\":\"settings\"}}");
    assertThat(pod.at("/spec/containers/0/env/0/valueFrom/configMapKeyRef").toString())
        .isEqualTo("{\"name\":\"settings\",\"key\":\"level\"}");
    assertThat(pod.at("/spec/containers/0/readinessProbe").toString())
        .as("a period that was never set is left to its default")
        .isEqualTo("{\"exec\":{\"command\":[\"true\"]}}");
  }

  @Test
  void claimsAreReadInPodsAndAsTemplates() {
    byte[] storage = field(2, join(field(1, text("storage")), field(2, field(1, text("1Gi")))));
    byte[] spec = join(field(1, text("ReadWriteOnce")), field(2, storage));
    byte[] claim = join(field(1, field(1, text("data"))), field(2, spec));
    ObjectNode set = Protobuf.parse(object("StatefulSet", field(2, field(4, claim))));
    assertThat(set.at("/spec/volumeClaimTemplates/0").toString())
        .isEqualTo(
            "{\"metadata\":{\"name\":\"data\"},\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],"
                + "\"resources\":{\"requests\":{\"storage\":\"1Gi\"}}}}");
    ObjectNode alone = Protobuf.parse(object("PersistentVolumeClaim", claim));
    assertThat(alone.at("/metadata/name").asText()).isEqualTo("data");

    byte[] source = field(10, join(field(1, text("data")), number(2, 1)));
    byte[] volume = field(1, join(field(1, text("v")), field(2, source)));
    assertThat(Protobuf.parse(object("Pod", field(2, volume))).at("/spec/volumes/0").toString())
        .isEqualTo(
            "{\"name\":\"v\",\"persistentVolumeClaim\":{\"claimName\":\"data\",\"readOnly\":true}}");
  }

  @Test
  void anotherKindIsRefused() {
    assertThatThrownBy(() -> Protobuf.parse(object("Service", new byte[0])))
        .hasMessageContaining("Service");
  }

  @Test
  void rubbishIsRefusedAndNeverRead() {
    assertThatThrownBy(() -> Protobuf.parse(new byte[0])).isInstanceOf(StatusError.class);
    assertThatThrownBy(() -> Protobuf.parse("{}".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(StatusError.class);
    byte[] whole = object("Namespace", field(1, field(1, text("blue"))));
    for (int length = 4; length < whole.length; length++) {
      readOrRefuse(Arrays.copyOf(whole, length));
    }
  }

  @Test
  void anyBytesAreEitherReadOrRefused() {
    long seed = new Random().nextLong();
    System.out.println("seed of anyBytesAreEitherReadOrRefused: " + seed);
    Random random = new Random(seed);
    byte[] whole =
        object(
            "Deployment",
            join(
                field(1, field(1, text("web"))),
                field(2, join(number(1, 3), field(3, field(2, field(2, text("abc"))))))));
    for (int i = 0; i < 20_000; i++) {
      byte[] broken = whole.clone();
      for (int j = 0; j <= random.nextInt(3); j++) {
        broken[4 + random.nextInt(broken.length - 4)] = (byte) random.nextInt(256);
      }
      readOrRefuse(broken);
    }
  }

  /** Any other exception fails the test. */
  private static void readOrRefuse(byte[] body) {
    try {
      Protobuf.parse(body);
    } catch (StatusError refused) {
      assertThat(refused.code()).isIn(400, 415);
    }
  }

  private static byte[] object(String kind, byte[] raw) {
    byte[] type = join(field(1, text("v1")), field(2, text(kind)));
    return join(new byte[] {'k', '8', 's', 0}, field(1, type), field(2, raw));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] entry(String key, String value) {
    return join(field(1, text(key)), field(2, text(value)));
  }

  private static byte[] field(int number, byte[] content) {
    return join(varint(number << 3 | 2), varint(content.length), content);
  }

  private static byte[] number(int number, long value) {
    return join(varint((long) number << 3), varint(value));
  }

  private static byte[] varint(long value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    long rest = value;
    while (rest > 0x7f) {
      out.write((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write((int) rest);
    return out.toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
