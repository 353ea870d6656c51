package io.hawser.gateway.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Kubernetes' quantities, such as {@code 500m}, {@code 64Mi}, {@code 1.5}, {@code 2e3}.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/">Quantity</a>
 */
public final class Quantity {
  private static final Pattern SYNTAX =
      Pattern.compile("([+-]?(?:\\d+\\.?\\d*|\\.\\d+))([eE][+-]?\\d{1,2}|[numkMGTPE]|[KMGTPE]i)?");
  private static final BigDecimal KIBI = BigDecimal.valueOf(1024);
  private static final Map<String, Integer> DECIMAL =
      Map.of("n", -9, "u", -6, "m", -3, "k", 3, "M", 6, "G", 9, "T", 12, "P", 15, "E", 18);
  private static final String BINARY = "KMGTPE";

  private Quantity() {}

  /**
   * The quantity in thousandths of its unit, rounded up; empty when it is none, negative or beyond
   * a long.
   */
  public static Optional<Long> millis(JsonNode value) {
    return parse(value).flatMap(amount -> whole(amount.movePointRight(3)));
  }

  /** The quantity in whole units, rounded up; empty when it is none, negative or beyond a long. */
  public static Optional<Long> units(JsonNode value) {
    return parse(value).flatMap(Quantity::whole);
  }

  private static Optional<Long> whole(BigDecimal amount) {
    BigDecimal up = amount.setScale(0, RoundingMode.CEILING);
    return up.signum() < 0 || up.precision() > 18 ? Optional.empty() : Optional.of(up.longValue());
  }

  private static Optional<BigDecimal> parse(JsonNode value) {
    if (!value.isTextual() && !value.isNumber()) {
      return Optional.empty();
    }
    Matcher match = SYNTAX.matcher(value.asText());
    if (value.asText().length() > 40 || !match.matches()) {
      return Optional.empty();
    }
    BigDecimal number = new BigDecimal(match.group(1));
    String suffix = match.group(2) == null ? "" : match.group(2);
    if (suffix.endsWith("i")) {
      return Optional.of(number.multiply(KIBI.pow(BINARY.indexOf(suffix.charAt(0)) + 1)));
    } else if (DECIMAL.containsKey(suffix)) {
      return Optional.of(number.movePointRight(DECIMAL.get(suffix)));
    } else if (!suffix.isEmpty()) {
      String exponent = suffix.substring(1);
      return Optional.of(
          number.movePointRight(
              Integer.parseInt(exponent.startsWith("+") ? exponent.substring(1) : exponent)));
    }
    return Optional.of(number);
  }

  /** Cores: {@code 2}, {@code 500m}. */
  public static String cpu(long millis) {
    return millis % 1000 == 0 ? Long.toString(millis / 1000) : millis + "m";
  }

  /** Bytes with the largest binary suffix that divides them. */
  public static String bytes(long bytes) {
    long rest = bytes;
    int power = 0;
    while (rest != 0 && rest % 1024 == 0 && power < BINARY.length()) {
      rest /= 1024;
      power++;
    }
    return power == 0 ? Long.toString(rest) : rest + BINARY.substring(power - 1, power) + "i";
  }
}
