package io.hawser.persistence.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.AbstractActor;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.PoisonPill;
import org.apache.pekko.actor.Props;
import org.apache.pekko.persistence.AbstractPersistentActor;
import org.apache.pekko.testkit.javadsl.TestKit;
import org.junit.jupiter.api.Test;

/** Of two writers under one name the one that is out of date can't write, here as in our store. */
class PostgresFencingTest {
  private static final long PATIENCE_SECONDS = 60;
  private final BlockingQueue<String> said = new ArrayBlockingQueue<>(100);

  @Test
  void theSecondOfTwoWritersIsFenced() throws IOException, SQLException, InterruptedException {
    Optional<Path> programs = PostgresServer.programs();
    assumeTrue(programs.isPresent(), "needs root and Debian's package postgresql");
    try (PostgresServer server = PostgresServer.start(programs.get())) {
      server.store().prepare();
      ActorSystem system =
          ActorSystem.create(
              "fencing",
              ConfigFactory.parseString(
                      "pekko.loglevel = OFF\npekko.coordinated-shutdown.exit-jvm = off")
                  .withFallback(server.store().config())
                  .withFallback(ConfigFactory.load())
                  .resolve());
      try {
        ActorRef first = system.actorOf(Props.create(Writer.class, () -> new Writer("first")));
        ActorRef second = system.actorOf(Props.create(Writer.class, () -> new Writer("second")));
        expect("first recovered");
        expect("second recovered");
        first.tell("event", ActorRef.noSender());
        expect("first wrote 1");
        second.tell("event", ActorRef.noSender());
        expect("second failed");
        first.tell("event", ActorRef.noSender());
        expect("first wrote 2");
        first.tell(PoisonPill.getInstance(), ActorRef.noSender());
      } finally {
        TestKit.shutdownActorSystem(system);
      }
    }
  }

  /** The two recover in any order: what the other one said is set aside meanwhile. */
  private void expect(String wanted) throws InterruptedException {
    List<String> aside = new ArrayList<>();
    String next = said.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    while (!wanted.equals(next)) {
      assertThat(next).as("instead of " + wanted).isNotNull().endsWith("recovered");
      aside.add(next);
      next = said.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
    said.addAll(aside);
  }

  /** Writes what it is told to. */
  private final class Writer extends AbstractPersistentActor {
    private final String name;

    Writer(String name) {
      this.name = name;
    }

    @Override
    public String persistenceId() {
      return "both";
    }

    @Override
    public AbstractActor.Receive createReceiveRecover() {
      return receiveBuilder()
          .match(
              org.apache.pekko.persistence.RecoveryCompleted.class,
              done -> said.add(name + " recovered"))
          .matchAny(any -> {})
          .build();
    }

    @Override
    public AbstractActor.Receive createReceive() {
      return receiveBuilder()
          .match(
              String.class,
              event -> persist(event, done -> said.add(name + " wrote " + lastSequenceNr())))
          .build();
    }

    @Override
    public void onPersistFailure(Throwable cause, Object event, long sequenceNr) {
      said.add(name + " failed");
      super.onPersistFailure(cause, event, sequenceNr);
    }
  }
}
