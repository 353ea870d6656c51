package io.hawser.cluster.state;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.pcollections.PSortedSet;
import org.pcollections.TreePMap;

/**
 * A list in ascending order, for {@link TreePMap#fromSortedMap}: that makes a tree of it without a
 * search for each place, and asks for nothing but the entries.
 */
final class InOrder<K extends Comparable<? super K>, V> extends AbstractMap<K, V>
    implements SortedMap<K, V> {
  private final List<K> keys;
  private final List<V> values;

  private InOrder(List<K> keys, List<V> values) {
    this.keys = keys;
    this.values = values;
  }

  /**
   * @param keys which ascend, none twice
   * @param values as many
   */
  static <K extends Comparable<? super K>, V> TreePMap<K, V> map(List<K> keys, List<V> values) {
    return TreePMap.fromSortedMap(new InOrder<>(keys, values));
  }

  /**
   * @param elements which ascend, none twice
   */
  static <E extends Comparable<? super E>> PSortedSet<E> set(List<E> elements) {
    return map(elements, elements).keySet();
  }

  @Override
  public Set<Map.Entry<K, V>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<Map.Entry<K, V>> iterator() {
        return new Iterator<>() {
          private int next;

          @Override
          public boolean hasNext() {
            return next < keys.size();
          }

          @Override
          public Map.Entry<K, V> next() {
            return Map.entry(keys.get(next), values.get(next++));
          }
        };
      }

      @Override
      public int size() {
        return keys.size();
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
    return keys.get(0);
  }

  @Override
  public K lastKey() {
    return keys.get(keys.size() - 1);
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
