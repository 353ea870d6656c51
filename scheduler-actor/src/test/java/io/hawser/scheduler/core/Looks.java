package io.hawser.scheduler.core;

import io.hawser.cluster.state.ClusterState;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Set;
import org.pcollections.PSortedMap;

/** Counts how many pods are read from a state, and from those that follow from it. */
final class Looks {
  private static final Set<String> OF_ALL = Set.of("values", "entrySet", "keySet", "forEach");
  private long pods;

  /** An equal state whose pods notice that they are looked at. */
  ClusterState at(ClusterState state) {
    return new ClusterState(
        state.revision(),
        state.epoch(),
        state.namespaces(),
        state.nodes(),
        state.deployments(),
        watched(state.pods()),
        state.podsByNode(),
        state.podsByOwner(),
        state.unplaced(),
        state.moving(),
        state.resizing(),
        state.loads(),
        state.objects(),
        state.events(),
        state.otherChars());
  }

  /** Since the last call. */
  long take() {
    long taken = pods;
    pods = 0;
    return taken;
  }

  @SuppressWarnings("unchecked")
  private PSortedMap<ObjectName, Pod> watched(PSortedMap<ObjectName, Pod> map) {
    InvocationHandler handler = (proxy, method, arguments) -> invoke(map, method, arguments);
    return (PSortedMap<ObjectName, Pod>)
        Proxy.newProxyInstance(
            Looks.class.getClassLoader(), new Class<?>[] {PSortedMap.class}, handler);
  }

  @SuppressWarnings("unchecked")
  private Object invoke(PSortedMap<ObjectName, Pod> map, Method method, Object[] arguments)
      throws Throwable {
    Object result;
    try {
      result = method.invoke(map, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    if (method.getName().equals("get") || method.getName().equals("containsKey")) {
      pods++;
    } else if (OF_ALL.contains(method.getName())) {
      pods += map.size();
    } else if (result instanceof PSortedMap<?, ?> next) {
      return watched((PSortedMap<ObjectName, Pod>) next);
    } else if (result instanceof Map<?, ?> part) {
      pods += part.size();
    }
    return result;
  }
}
