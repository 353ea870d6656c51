package io.hawser.runtime.image.fs;

import java.lang.ref.Cleaner;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;

/**
 * SHA-256 by the machine's OpenSSL, where it has one. A JVM without its second compiler, as nodes
 * and commands are, hashes ten times slower by itself.
 */
public final class OpenSslSha256 extends MessageDigest {
  private static final int HASH_BYTES = 32;
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int PROBE_BYTES = 1000;
  private static final Cleaner CLEANER = Cleaner.create();
  private static final Optional<Crypto> CRYPTO = load();

  /** Source: EVP_DigestInit(3). */
  public interface Crypto {
    Pointer EVP_MD_CTX_new();

    void EVP_MD_CTX_free(Pointer context);

    Pointer EVP_sha256();

    int EVP_DigestInit_ex(Pointer context, Pointer type, Pointer engine);

    int EVP_DigestUpdate(Pointer context, @In byte[] data, @size_t long size);

    int EVP_DigestFinal_ex(Pointer context, @Out byte[] hash, Pointer size);
  }

  private final Crypto crypto;
  private final Pointer context;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int buffered;

  private OpenSslSha256(Crypto crypto) {
    super("SHA-256");
    this.crypto = crypto;
    Pointer made = crypto.EVP_MD_CTX_new();
    this.context = made;
    CLEANER.register(this, () -> crypto.EVP_MD_CTX_free(made));
    engineReset();
  }

  /** A fresh hasher; empty when this machine has no OpenSSL that can be used. */
  public static Optional<MessageDigest> create() {
    return CRYPTO.map(OpenSslSha256::new);
  }

  private static Optional<Crypto> load() {
    for (String name : new String[] {"libcrypto.so.3", "libcrypto.so.1.1"}) {
      try {
        Crypto crypto = LibraryLoader.create(Crypto.class).failImmediately().load(name);
        // Short: a JVM that has just begun takes its time to hash by itself.
        byte[] probe = new byte[PROBE_BYTES];
        byte[] expected = MessageDigest.getInstance("SHA-256").digest(probe);
        if (Arrays.equals(new OpenSslSha256(crypto).digest(probe), expected)) {
          return Optional.of(crypto);
        }
      } catch (LinkageError | RuntimeException | java.security.NoSuchAlgorithmException e) {
        // Not here, or not as expected: Java hashes.
      }
    }
    return Optional.empty();
  }

  @Override
  protected int engineGetDigestLength() {
    return HASH_BYTES;
  }

  @Override
  protected void engineUpdate(byte input) {
    if (buffered == buffer.length) {
      flush();
    }
    buffer[buffered++] = input;
  }

  @Override
  protected void engineUpdate(byte[] input, int offset, int length) {
    int done = 0;
    while (done < length) {
      if (buffered == buffer.length) {
        flush();
      }
      int n = Math.min(length - done, buffer.length - buffered);
      System.arraycopy(input, offset + done, buffer, buffered, n);
      buffered += n;
      done += n;
    }
  }

  private void flush() {
    check(crypto.EVP_DigestUpdate(context, buffer, buffered), "EVP_DigestUpdate");
    buffered = 0;
  }

  @Override
  protected byte[] engineDigest() {
    flush();
    byte[] hash = new byte[HASH_BYTES];
    check(crypto.EVP_DigestFinal_ex(context, hash, null), "EVP_DigestFinal_ex");
    engineReset();
    return hash;
  }

  @Override
  protected int engineDigest(byte[] target, int offset, int length) throws DigestException {
    if (length < HASH_BYTES) {
      throw new DigestException("the target has " + length + " bytes, " + HASH_BYTES + " needed");
    }
    System.arraycopy(engineDigest(), 0, target, offset, HASH_BYTES);
    return HASH_BYTES;
  }

  @Override
  protected void engineReset() {
    buffered = 0;
    check(crypto.EVP_DigestInit_ex(context, crypto.EVP_sha256(), null), "EVP_DigestInit_ex");
  }

  private static void check(int result, String call) {
    if (result != 1) {
      throw new IllegalStateException(call + " of OpenSSL failed");
    }
  }
}
