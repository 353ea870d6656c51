package io.hawser.scheduler.core.placement;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Why one node can't take one pod. */
public sealed interface Unfit {
  /** What is said of one node: {@code was cordoned}. */
  String ofOne();

  /** What is said of several nodes: {@code were cordoned}. */
  default String ofMany() {
    return ofOne().startsWith("was ") ? "were " + ofOne().substring(4) : ofOne();
  }

  /** The pod names a node and it is another one. */
  record NotTheNamedNode(String wanted) implements Unfit {
    @Override
    public String ofOne() {
      return "was not the named node " + wanted;
    }
  }

  record NotReady() implements Unfit {
    @Override
    public String ofOne() {
      return "was lost";
    }
  }

  /** The machine runs no pods at all. */
  record NotAWorker() implements Unfit {
    @Override
    public String ofOne() {
      return "was not a worker";
    }
  }

  record Cordoned() implements Unfit {
    @Override
    public String ofOne() {
      return "was cordoned";
    }
  }

  record UntoleratedTaint(String taint) implements Unfit {
    @Override
    public String ofOne() {
      return "had the untolerated taint {" + taint + "}";
    }
  }

  record AffinityMismatch() implements Unfit {
    @Override
    public String ofOne() {
      return "didn't match the pod's node affinity";
    }
  }

  /** No required pod is in the node's domain. */
  record NotNearPods() implements Unfit {
    @Override
    public String ofOne() {
      return "didn't match the pod's affinity rules";
    }
  }

  record NearUnwantedPods() implements Unfit {
    @Override
    public String ofOne() {
      return "didn't match the pod's anti-affinity rules";
    }
  }

  record RepelledByPods() implements Unfit {
    @Override
    public String ofOne() {
      return "didn't satisfy an existing pod's anti-affinity rules";
    }
  }

  record SpreadTooUneven() implements Unfit {
    @Override
    public String ofOne() {
      return "didn't match the pod's topology spread constraints";
    }
  }

  record NoTopologyLabel(String key) implements Unfit {
    @Override
    public String ofOne() {
      return "had no label " + key + " for the pod's topology spread";
    }
  }

  record TooManyOfOwner(int max) implements Unfit {
    @Override
    public String ofOne() {
      return "had " + max + " pods of this owner already";
    }
  }

  record OtherArchitecture(String architecture) implements Unfit {
    @Override
    public String ofOne() {
      return "was of the architecture " + architecture;
    }
  }

  /** A volume of the pod is on another node. In Kubernetes' words. */
  record VolumeElsewhere() implements Unfit {
    @Override
    public String ofOne() {
      return "had volume node affinity conflict";
    }
  }

  /** An extension's filter says no. */
  record Refused(String filter, String why) implements Unfit {
    @Override
    public String ofOne() {
      return why + " (" + filter + ")";
    }
  }

  record SelectorMismatch() implements Unfit {
    @Override
    public String ofOne() {
      return "didn't match the pod's node selector";
    }
  }

  /**
   * @param resource {@code cpu}, {@code memory}, {@code ephemeral-storage} or an extended one
   */
  record Insufficient(String resource) implements Unfit {
    @Override
    public String ofOne() {
      return "had insufficient " + resource;
    }
  }

  record TooManyPods() implements Unfit {
    @Override
    public String ofOne() {
      return "had too many pods";
    }
  }

  /**
   * @param port written {@code TCP/80}
   */
  record HostPortTaken(String port) implements Unfit {
    @Override
    public String ofOne() {
      return "had host port " + port + " in use";
    }
  }

  /**
   * One sentence over all nodes: {@code 0/3 nodes are available: 1 node was cordoned, 2 had
   * insufficient cpu.} A node with two reasons counts under both.
   *
   * @param byNode the reasons of every node, which fits nowhere
   */
  static String summary(Map<String, List<Unfit>> byNode) {
    Map<Unfit, Integer> counts = new HashMap<>();
    byNode.values().forEach(all -> all.forEach(reason -> counts.merge(reason, 1, Integer::sum)));
    return summary(counts, byNode.size());
  }

  /**
   * @param counts how many nodes gave each reason
   * @param nodes how many there are
   */
  static String summary(Map<Unfit, Integer> counts, int nodes) {
    if (nodes == 0) {
      return "0/0 nodes are available: no node has registered.";
    }
    List<Map.Entry<Unfit, Integer>> rarestFirst = new ArrayList<>(counts.entrySet());
    if (rarestFirst.size() > 1) {
      rarestFirst.sort(
          Map.Entry.<Unfit, Integer>comparingByValue().thenComparing(e -> e.getKey().ofOne()));
    }
    StringBuilder text = new StringBuilder("0/").append(nodes).append(" nodes are available: ");
    String separator = "";
    for (Map.Entry<Unfit, Integer> one : rarestFirst) {
      int count = one.getValue();
      text.append(separator).append(count);
      if (separator.isEmpty()) {
        text.append(count == 1 ? " node" : " nodes");
      }
      text.append(' ').append(count == 1 ? one.getKey().ofOne() : one.getKey().ofMany());
      separator = ", ";
    }
    return text.append('.').toString();
  }
}
