package io.hawser.gateway;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/**
 * Writes a certificate that an EC key signs for itself. The JDK has no public class for it; DER's
 * few types are spelled out here.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5280#section-4.1">RFC 5280, 4.1</a>
 */
final class SelfSigned {
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int BOOLEAN = 0x01;
  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int OCTET_STRING = 0x04;
  private static final int UTF8_STRING = 0x0c;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int DNS_NAME = 0x82;
  private static final int IP_ADDRESS = 0x87;

  private static final byte[] ECDSA_WITH_SHA256 = hex("06082a8648ce3d040302");
  private static final byte[] COMMON_NAME = hex("0603550403");
  private static final byte[] BASIC_CONSTRAINTS = hex("0603551d13");
  private static final byte[] SUBJECT_ALT_NAME = hex("0603551d11");

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  /** Clocks of other machines may be behind. */
  private static final Duration SLACK = Duration.ofHours(1);

  private SelfSigned() {}

  /**
   * @param keys of an elliptic curve
   * @param addresses IP addresses that the certificate is good for, besides {@code localhost}
   */
  static X509Certificate certificate(
      KeyPair keys, String name, List<String> addresses, Instant now, Duration valid)
      throws GeneralSecurityException, UnknownHostException {
    byte[] algorithm = der(SEQUENCE, ECDSA_WITH_SHA256);
    byte[] dn = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, ascii(name)))));
    byte[] toBeSigned =
        der(
            SEQUENCE,
            der(0xa0, der(INTEGER, new byte[] {2})),
            der(INTEGER, new BigInteger(64, new SecureRandom()).add(BigInteger.ONE).toByteArray()),
            algorithm,
            dn,
            der(SEQUENCE, time(now.minus(SLACK)), time(now.plus(valid))),
            dn,
            keys.getPublic().getEncoded(),
            der(0xa3, der(SEQUENCE, authority(), alternativeNames(addresses))));
    Signature signer = Signature.getInstance("SHA256withECDSA");
    signer.initSign(keys.getPrivate());
    signer.update(toBeSigned);
    byte[] whole =
        der(SEQUENCE, toBeSigned, algorithm, der(BIT_STRING, new byte[] {0}, signer.sign()));
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(whole));
  }

  /** It is its own authority: clients that trust it need nothing else. */
  private static byte[] authority() {
    byte[] yes = der(BOOLEAN, new byte[] {(byte) 0xff});
    return der(SEQUENCE, BASIC_CONSTRAINTS, yes, der(OCTET_STRING, der(SEQUENCE, yes)));
  }

  private static byte[] alternativeNames(List<String> addresses) throws UnknownHostException {
    ByteArrayOutputStream names = new ByteArrayOutputStream();
    names.writeBytes(der(DNS_NAME, ascii("localhost")));
    for (String address : addresses) {
      names.writeBytes(der(IP_ADDRESS, InetAddress.getByName(address).getAddress()));
    }
    return der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, der(SEQUENCE, names.toByteArray())));
  }

  private static byte[] time(Instant at) {
    return der(GENERALIZED_TIME, ascii(TIME.format(at)));
  }

  /** A tag, the length of what follows, and that. */
  private static byte[] der(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.size();
    if (length < 0x80) {
      out.write(length);
    } else {
      byte[] bytes = BigInteger.valueOf(length).toByteArray();
      int from = bytes[0] == 0 ? 1 : 0;
      out.write(0x80 | (bytes.length - from));
      out.write(bytes, from, bytes.length - from);
    }
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] hex(String text) {
    return java.util.HexFormat.of().parseHex(text);
  }
}
