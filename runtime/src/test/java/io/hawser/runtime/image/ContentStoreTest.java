package io.hawser.runtime.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.runtime.image.store.Arrival;
import io.hawser.runtime.image.store.ContentStore;
import io.hawser.runtime.image.store.GarbageCollection;
import io.hawser.runtime.image.store.Lease;
import io.hawser.runtime.image.store.Pins;
import io.hawser.runtime.image.store.StoreLayout;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentStoreTest {
  private static final byte[] TEXT = "a blob of some length".getBytes(StandardCharsets.UTF_8);
  private static final Digest DIGEST = Digest.of(TEXT);

  @TempDir Path directory;
  private StoreLayout layout;
  private ContentStore store;

  @BeforeEach
  void open() {
    layout = new StoreLayout(directory);
    store = new ContentStore(layout);
  }

  @Test
  void blobIsReadBackByItsDigest() {
    try (Lease lease = Lease.take(layout)) {
      store.put(DIGEST, new ByteArrayInputStream(TEXT), TEXT.length, lease);
    }
    assertThat(store.read(DIGEST, 100)).isEqualTo(TEXT);
    assertThat(store.size(DIGEST)).contains((long) TEXT.length);
    assertThat(store.list()).containsExactly(DIGEST);
  }

  @Test
  void sha512IsVerifiedToo() throws Exception {
    Digest digest = Digest.finish("sha512", hashed("sha512"));
    try (Lease lease = Lease.take(layout)) {
      store.put(digest, new ByteArrayInputStream(TEXT), TEXT.length, lease);
      Digest wrong = new Digest("sha512", "0".repeat(128));
      assertThatThrownBy(() -> store.put(wrong, new ByteArrayInputStream(TEXT), TEXT.length, lease))
          .isInstanceOf(ImageFault.class)
          .hasMessageContaining("has the digest sha512:");
      assertThat(store.has(wrong)).isFalse();
    }
    assertThat(store.has(digest)).isTrue();
  }

  private static java.security.MessageDigest hashed(String algorithm) {
    var hasher = Digest.hasher(algorithm);
    hasher.update(TEXT);
    return hasher;
  }

  @Test
  void wrongContentIsRefusedAndForgotten() {
    byte[] other = TEXT.clone();
    other[3] ^= 1;
    try (Lease lease = Lease.take(layout)) {
      assertThatThrownBy(
              () -> store.put(DIGEST, new ByteArrayInputStream(other), other.length, lease))
          .isInstanceOfSatisfying(
              ImageFault.class, e -> assertThat(e.kind()).isEqualTo(ImageFault.Kind.CORRUPT));
      assertThat(store.has(DIGEST)).isFalse();
      store.put(DIGEST, new ByteArrayInputStream(TEXT), TEXT.length, lease);
    }
    assertThat(store.has(DIGEST)).isTrue();
  }

  @Test
  void longerContentThanAnnouncedIsRefusedWhileItArrives() {
    try (Lease lease = Lease.take(layout)) {
      assertThatThrownBy(() -> store.put(DIGEST, new ByteArrayInputStream(TEXT), 5, lease))
          .hasMessageContaining("longer than the 5 bytes");
    }
    assertThat(store.has(DIGEST)).isFalse();
  }

  @Test
  void brokenOffArrivalGoesOnWhereItEnded() throws Exception {
    try (Lease lease = Lease.take(layout)) {
      try (Arrival first = store.arrive(DIGEST, TEXT.length, lease, true)) {
        first.write(ByteBuffer.wrap(TEXT, 0, 8));
        assertThatThrownBy(first::finish).hasMessageContaining("cut off: 8 of 21");
      }
      assertThat(store.has(DIGEST)).isFalse();
      try (Arrival second = store.arrive(DIGEST, TEXT.length, lease, true)) {
        assertThat(second.received()).isEqualTo(8);
        second.write(ByteBuffer.wrap(TEXT, 8, TEXT.length - 8));
        second.finish();
      }
    }
    assertThat(store.read(DIGEST, 100)).isEqualTo(TEXT);
  }

  @Test
  void flippedBitIsFoundAndTheBlobSetAside() throws Exception {
    try (Lease lease = Lease.take(layout)) {
      store.put(DIGEST, new ByteArrayInputStream(TEXT), TEXT.length, lease);
    }
    byte[] flipped = TEXT.clone();
    flipped[20] ^= 4;
    Files.write(store.file(DIGEST), flipped, StandardOpenOption.TRUNCATE_EXISTING);
    assertThatThrownBy(() -> store.read(DIGEST, 100)).hasMessageContaining("is broken");
    assertThat(store.has(DIGEST)).isFalse();
  }

  @Test
  void unsettledBlobCountsDuringThisRunOfTheMachineAndIsHashedInTheNext() throws Exception {
    byte[] lost = "lost with the machine".getBytes(StandardCharsets.UTF_8);
    Digest lostDigest = Digest.of(lost);
    try (Lease lease = Lease.take(layout)) {
      store.putUnsettled(DIGEST, new ByteArrayInputStream(TEXT), TEXT.length, lease);
      store.putUnsettled(lostDigest, new ByteArrayInputStream(lost), lost.length, lease);
    }
    assertThat(new ContentStore(layout).list()).contains(DIGEST, lostDigest);
    // What a lost machine leaves: names, but not always what they name.
    for (Path marker : store.unsettled().list()) {
      String name = marker.getFileName().toString();
      Files.move(marker, marker.resolveSibling(name.replaceFirst("\\..*", ".another-run")));
    }
    Files.write(store.file(lostDigest), new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
    ContentStore next = new ContentStore(layout);
    assertThat(next.list()).containsExactly(DIGEST);
    assertThat(next.unsettled().list()).isEmpty();
    assertThat(next.read(DIGEST, 100)).isEqualTo(TEXT);
  }

  @Test
  void manyWritersOfOneBlobFetchItOnce() throws Exception {
    AtomicInteger fetched = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> all =
          java.util.stream.IntStream.range(0, 8)
              .<Future<?>>mapToObj(i -> threads.submit(() -> fetch(fetched)))
              .toList();
      for (Future<?> one : all) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(fetched).hasValue(1);
  }

  private Void fetch(AtomicInteger fetched) throws Exception {
    // Each with a store of its own, as processes have.
    ContentStore own = new ContentStore(new StoreLayout(directory));
    try (Lease lease = Lease.take(layout);
        Arrival arrival = own.arrive(DIGEST, TEXT.length, lease, true)) {
      if (!arrival.isWhole()) {
        fetched.incrementAndGet();
        arrival.write(ByteBuffer.wrap(TEXT));
        arrival.finish();
      }
    }
    return null;
  }

  @Test
  void collectionTakesWhatNobodyNeedsAndNothingElse() {
    byte[] loose = {1, 2, 3};
    GarbageCollection collection = new GarbageCollection(layout, store);
    try (Lease lease = Lease.take(layout)) {
      store.put(DIGEST, new ByteArrayInputStream(TEXT), TEXT.length, lease);
      try (Lease other = Lease.take(layout)) {
        store.put("x", loose, other);
      }
      var freed = collection.run(held -> needNothing(), Instant.now());
      assertThat(freed.blobs()).isEqualTo(1);
      assertThat(freed.bytes()).isEqualTo(3);
      assertThat(store.list()).containsExactly(DIGEST);
    }
    assertThat(collection.run(held -> needNothing(), Instant.now()).blobs()).isEqualTo(1);
  }

  private static GarbageCollection.Needed needNothing() {
    return new GarbageCollection.Needed(Set.of(), Set.of());
  }

  @Test
  void leaseOfADeadProcessHoldsNothingAndItsStagingIsSwept() throws Exception {
    String dead = "00000000-0000-0000-0000-000000000000";
    Files.writeString(directory.resolve("leases").resolve(dead), DIGEST + "\n");
    Files.createDirectories(directory.resolve("staging").resolve(dead + "-0-unpack/fs/etc"));
    try (Lease lease = Lease.take(layout)) {
      store.put(DIGEST, new ByteArrayInputStream(TEXT), TEXT.length, lease);
    }
    assertThat(new GarbageCollection(layout, store).run(h -> needNothing(), Instant.now()).blobs())
        .isEqualTo(1);
    assertThat(directory.resolve("staging")).isEmptyDirectory();
    assertThat(directory.resolve("leases")).isEmptyDirectory();
    assertThat(directory.resolve("trash")).isEmptyDirectory();
  }

  @Test
  void pinsOutliveTheirWriterAndAreRetainedByPrefix() {
    new Pins(layout).set("n1/a", DIGEST);
    new Pins(layout).set("n1/b", DIGEST);
    new Pins(layout).set("n2/c", DIGEST);
    new Pins(layout).retain("n1/", Set.of("n1/b"));
    assertThat(new Pins(new StoreLayout(directory)).list())
        .containsOnlyKeys("n1/b", "n2/c")
        .containsEntry("n1/b", DIGEST);
  }
}
