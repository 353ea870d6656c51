package io.hawser.cluster.state;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Function;
import org.pcollections.PSortedSet;
import org.pcollections.TreePMap;

/**
 * A list in ascending order, for {@link TreePMap#fromSortedMap}: that makes a tree of it without a
 * search for each place, and asks for nothing but the entries.
 */
final class InOrder<K extends Comparable<? super K>, V> extends AbstractMap<K, V>
    implements SortedMap<K, V> {
  private final List<V> values;
  private final Function<V, K> key;

  private InOrder(List<V> values, Function<V, K> key) {
    this.values = values;
    this.key = key;
  }

  /**
   * @param values whose keys ascend, none twice
   */
  static <K extends Comparable<? super K>, V> TreePMap<K, V> map(
      List<V> values, Function<V, K> key) {
    return TreePMap.fromSortedMap(new InOrder<>(values, key));
  }

  /**
   * @param elements which ascend, none twice
   */
  static <E extends Comparable<? super E>> PSortedSet<E> set(List<E> elements) {
    return map(elements, Function.identity()).keySet();
  }

  @Override
  public Set<Map.Entry<K, V>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<Map.Entry<K, V>> iterator() {
        return values.stream()
            .<Map.Entry<K, V>>map(value -> Map.entry(key.apply(value), value))
            .iterator();
      }

      @Override
      public int size() {
        return values.size();
      }
    };
  }

  /** The keys' own order. */
  @Override
  public Comparator<? super K> comparator() {
    return null;
  }

  @Override
  public K firstKey() {
    return key.apply(values.get(0));
  }

  @Override
  public K lastKey() {
    return key.apply(values.get(values.size() - 1));
  }

  @Override
  public SortedMap<K, V> subMap(K from, K to) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SortedMap<K, V> headMap(K to) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SortedMap<K, V> tailMap(K from) {
    throw new UnsupportedOperationException();
  }
}
