package io.hawser.runtime.network;

import java.nio.ByteBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An IPv4 subnet such as {@code 10.244.1.0/24}.
 *
 * @param base the network address as a number
 */
public record Cidr(int base, int prefix) {
  private static final Pattern FORM =
      Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})/(\\d{1,2})");

  /**
   * @throws IllegalArgumentException for anything but an IPv4 CIDR with a prefix of 8 to 30
   */
  public static Cidr parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "podSubnet " + text + ": expected an IPv4 CIDR such as 10.244.1.0/24");
    }
    int address = 0;
    for (int i = 1; i <= 4; i++) {
      int octet = Integer.parseInt(matcher.group(i));
      if (octet > 255) {
        throw new IllegalArgumentException("podSubnet " + text + ": " + octet + " is above 255");
      }
      address = address << 8 | octet;
    }
    int prefix = Integer.parseInt(matcher.group(5));
    if (prefix < 8 || prefix > 30) {
      throw new IllegalArgumentException("podSubnet " + text + ": expected a prefix of 8 to 30");
    }
    return new Cidr(address & mask(prefix), prefix);
  }

  private static int mask(int prefix) {
    return -1 << (32 - prefix);
  }

  /** The first usable address: the bridge's, the pods' gateway. */
  public String gateway() {
    return address(1);
  }

  /** How many addresses pods can have: all but network, gateway and broadcast. */
  public int podAddresses() {
    return (1 << (32 - prefix)) - 3;
  }

  /**
   * @param host the number within the subnet
   */
  public String address(int host) {
    int value = base + host;
    return (value >>> 24)
        + "."
        + (value >>> 16 & 255)
        + "."
        + (value >>> 8 & 255)
        + "."
        + (value & 255);
  }

  /** The network address in network byte order. */
  byte[] baseBytes() {
    return ByteBuffer.allocate(4).putInt(base).array();
  }

  /** The mask in network byte order. */
  byte[] maskBytes() {
    return ByteBuffer.allocate(4).putInt(mask(prefix)).array();
  }

  @Override
  public String toString() {
    return address(0) + "/" + prefix;
  }
}
