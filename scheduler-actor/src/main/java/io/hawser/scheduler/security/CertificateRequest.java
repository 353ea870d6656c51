package io.hawser.scheduler.security;

import io.hawser.cluster.security.Pem;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/**
 * A node's wish for a certificate (PKCS #10): its name, the addresses it is reached at, and the
 * proof that it holds the key. The key itself never leaves the node.
 *
 * @param node the node's name, the certificate's common name
 * @param names the subject's alternative names
 */
public record CertificateRequest(String node, PublicKey publicKey, Extensions names) {
  private static final Pattern NODE_NAME = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

  /** Most names that one certificate may have. */
  private static final int MAX_NAMES = 16;

  /** A new key: ECDSA on P-256. */
  public static KeyPair newKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JVM has P-256", e);
    }
  }

  /**
   * Writes a request, in PEM.
   *
   * @param addresses IP addresses, or names, that the node is reached at
   */
  public static String write(String node, List<String> addresses, KeyPair key) {
    try {
      List<GeneralName> names = new ArrayList<>();
      names.add(new GeneralName(GeneralName.dNSName, node));
      names.add(new GeneralName(GeneralName.dNSName, "localhost"));
      addresses.forEach(address -> names.add(name(address)));
      ExtensionsGenerator extensions = new ExtensionsGenerator();
      extensions.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(names.toArray(GeneralName[]::new)));
      PKCS10CertificationRequest request =
          new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=" + node), key.getPublic())
              .addAttribute(
                  org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers.pkcs_9_at_extensionRequest,
                  extensions.generate())
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()));
      return Pem.encode(Pem.REQUEST, request.getEncoded());
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException("the certificate request can't be written", e);
    }
  }

  private static GeneralName name(String address) {
    boolean ip = address.matches("[0-9.]+") || address.contains(":");
    return ip
        ? new GeneralName(GeneralName.iPAddress, address)
        : new GeneralName(GeneralName.dNSName, address);
  }

  /**
   * Reads a request and checks its proof.
   *
   * @throws IllegalArgumentException saying what is wrong with it
   */
  public static CertificateRequest read(String pem) {
    List<byte[]> blocks = Pem.decode(Pem.REQUEST, pem);
    if (blocks.size() != 1) {
      throw new IllegalArgumentException("csr: expected one certificate request in PEM");
    }
    try {
      JcaPKCS10CertificationRequest request = new JcaPKCS10CertificationRequest(blocks.get(0));
      PublicKey key = request.getPublicKey();
      if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        throw new IllegalArgumentException("csr: its signature is wrong");
      }
      Extensions names = request.getRequestedExtensions();
      return new CertificateRequest(node(request.getSubject()), key, checked(names));
    } catch (IOException
        | GeneralSecurityException
        | OperatorCreationException
        | PKCSException
        | IllegalStateException e) {
      throw new IllegalArgumentException("csr: can't be read: " + e.getMessage(), e);
    }
  }

  private static String node(X500Name subject) {
    var names = subject.getRDNs(BCStyle.CN);
    String name = names.length == 1 ? names[0].getFirst().getValue().toString() : "";
    if (!NODE_NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("csr: its common name is not a node's name");
    }
    return name;
  }

  private static Extensions checked(Extensions asked) {
    GeneralNames names =
        asked == null ? null : GeneralNames.fromExtensions(asked, Extension.subjectAlternativeName);
    if (names == null || names.getNames().length > MAX_NAMES) {
      throw new IllegalArgumentException("csr: expected 1 to " + MAX_NAMES + " alternative names");
    }
    for (GeneralName name : names.getNames()) {
      if (name.getTagNo() != GeneralName.dNSName && name.getTagNo() != GeneralName.iPAddress) {
        throw new IllegalArgumentException("csr: only names and IP addresses are signed");
      }
    }
    return asked;
  }
}
