package io.hawser.persistence;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SetConfigurationRequest.Mode;

/**
 * Changes who keeps the journal, while it is in use: Raft's own membership change, so a new member
 * counts only once it has caught up, and every change is agreed on by the old and the new members.
 * Blocks: for threads of its own. Failures are {@link StoreRefusedException} when nothing was
 * changed, {@link StoreUnavailableException} when the outcome is unknown.
 */
public final class StoreMembers {
  /** From the wish to the change; a new member has to be sent the whole state meanwhile. */
  static final Duration CHANGE_TIMEOUT = Duration.ofSeconds(60);

  private static final Duration RETRY = Duration.ofMillis(200);
  private static final int CONNECT_MILLIS = 1_000;

  private final StorePeer peer;
  private final StoreTransport transport;

  StoreMembers(StorePeer peer, StoreTransport transport) {
    this.peer = peer;
    this.transport = transport;
  }

  /** Addresses by peer id. */
  public Map<String, String> list() {
    Map<String, String> members = new TreeMap<>();
    peer.members().forEach(member -> members.put(member.getId().toString(), member.getAddress()));
    return members;
  }

  /** Adds a replica that runs and waits ({@code hawser.store.address}). */
  public Map<String, String> add(String id, String address) {
    return change(members -> with(members, id, address));
  }

  /** Takes a replica out, whether it lives or not. */
  public Map<String, String> remove(String id) {
    return change(members -> without(members, id));
  }

  /**
   * One change: at no time are there fewer than before. The only member is replaced in two, because
   * Ratis lets no majority be new at once.
   */
  public Map<String, String> replace(String oldId, String id, String address) {
    if (peer.members().size() == 1) {
      without(with(peer.members(), id, address), oldId);
      add(id, address);
      return remove(oldId);
    }
    return change(members -> without(with(members, id, address), oldId));
  }

  private static List<RaftPeer> with(List<RaftPeer> members, String id, String address) {
    if (find(members, id).isPresent()) {
      throw new StoreRefusedException(id + " keeps the journal already");
    }
    if (members.size() >= RatisSettings.MAX_PEERS) {
      throw new StoreRefusedException(
          "there are " + members.size() + " controllers; more make writes slower, not safer");
    }
    List<RaftPeer> more = new ArrayList<>(members);
    more.add(RaftPeer.newBuilder().setId(id).setAddress(address).build());
    return more;
  }

  private static List<RaftPeer> without(List<RaftPeer> members, String id) {
    RaftPeer gone =
        find(members, id)
            .orElseThrow(() -> new StoreRefusedException(id + " does not keep the journal"));
    if (members.size() == 1) {
      throw new StoreRefusedException(id + " is the only one that keeps the journal");
    }
    return members.stream().filter(member -> member != gone).toList();
  }

  private static Optional<RaftPeer> find(List<RaftPeer> members, String id) {
    return members.stream().filter(m -> m.getId().toString().equals(id)).findFirst();
  }

  private Map<String, String> change(UnaryOperator<List<RaftPeer>> change) {
    long deadline = System.nanoTime() + CHANGE_TIMEOUT.toNanos();
    List<RaftPeer> now = peer.members();
    List<RaftPeer> wanted = change.apply(now);
    requireMajority(wanted);
    SetConfigurationRequest.Arguments arguments =
        SetConfigurationRequest.Arguments.newBuilder()
            .setServersInCurrentConf(now)
            .setServersInNewConf(wanted)
            .setMode(Mode.COMPARE_AND_SET)
            .build();
    String last = "no leader";
    while (System.nanoTime() < deadline) {
      Optional<RaftPeerId> leader = peer.leader();
      try {
        if (leader.isPresent()) {
          RaftClientReply reply = transport.changeMembers(leader.get(), arguments);
          if (reply.isSuccess()) {
            return list();
          }
          last = String.valueOf(reply.getException());
        }
      } catch (IOException | RuntimeException e) {
        last = ScalaFutures.cause(e).toString();
      }
      if (isDone(wanted)) {
        return list();
      }
      LockSupport.parkNanos(RETRY.toNanos());
    }
    throw new StoreUnavailableException(
        "the members were not changed within %d s; last: %s"
            .formatted(CHANGE_TIMEOUT.toSeconds(), last),
        null);
  }

  /** An answer may be lost; what was wanted may be so all the same. */
  private boolean isDone(List<RaftPeer> wanted) {
    return wanted.stream()
        .map(RaftPeer::getId)
        .sorted(this::byName)
        .toList()
        .equals(peer.members().stream().map(RaftPeer::getId).sorted(this::byName).toList());
  }

  private int byName(RaftPeerId one, RaftPeerId other) {
    return one.toString().compareTo(other.toString());
  }

  /**
   * A change that leaves no majority alive could never be finished nor taken back: of three members
   * with one dead, the dead one must be removed first.
   */
  private void requireMajority(List<RaftPeer> wanted) {
    List<String> dead =
        wanted.stream().filter(m -> !answers(m)).map(m -> m.getId().toString()).toList();
    if (wanted.size() - dead.size() < wanted.size() / 2 + 1) {
      throw new StoreRefusedException(
          "of the %d members there would be, %s can't be reached: that is no majority"
              .formatted(wanted.size(), String.join(", ", dead)));
    }
  }

  private boolean answers(RaftPeer member) {
    if (member.getId().equals(peer.id())) {
      return peer.isRunning();
    }
    String address = member.getAddress();
    int colon = address.lastIndexOf(':');
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(
              address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))),
          CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
