package io.hawser.cluster.membership;

import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Props;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.DowningProvider;
import org.apache.pekko.cluster.sbr.KeepMajority;
import org.apache.pekko.cluster.sbr.SplitBrainResolverSettings;
import scala.Option;
import scala.concurrent.duration.FiniteDuration;

/**
 * Pekko's split brain resolver with its settings ({@code pekko.cluster.split-brain-resolver}) and
 * the strategy {@code keep-majority}, run by a {@link PromptResolver}.
 */
public final class PromptDowning extends DowningProvider {
  private final ActorSystem system;
  private final SplitBrainResolverSettings settings;

  /** As Pekko makes it, by name. */
  public PromptDowning(ActorSystem system) {
    this.system = system;
    this.settings = new SplitBrainResolverSettings(system.settings().config());
    if (!settings.DowningStrategy().equals("keep-majority")) {
      throw new IllegalArgumentException(
          "pekko.cluster.split-brain-resolver.active-strategy: expected keep-majority, got "
              + settings.DowningStrategy());
    }
  }

  @Override
  public FiniteDuration downRemovalMargin() {
    FiniteDuration margin = Cluster.get(system).settings().DownRemovalMargin();
    return margin.length() == 0 ? settings.DowningStableAfter() : margin;
  }

  @Override
  public Option<Props> downingActorProps() {
    Cluster cluster = Cluster.get(system);
    KeepMajority strategy =
        new KeepMajority(
            cluster.settings().SelfDataCenter(),
            settings.keepMajorityRole(),
            cluster.selfUniqueAddress());
    return Option.apply(
        Props.create(PromptResolver.class, settings.DowningStableAfter(), strategy));
  }
}
