package io.hawser.ops.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Renders {@code meta.k8s.io/v1 Table} answers as columns of text. One object serves one listing
 * and the watch that follows: the header comes once and columns only grow wider.
 */
public final class TableText {
  private static final int GAP = 3;

  private final boolean wide;
  private final boolean withNamespace;
  private final Consumer<String> out;
  private final List<Integer> widths = new ArrayList<>();
  private List<Integer> shown = List.of();
  private boolean headerDone;

  /**
   * @param wide also columns with a priority above 0
   * @param withNamespace a first column with each object's namespace
   * @param out takes line by line, without the newline
   */
  public TableText(boolean wide, boolean withNamespace, Consumer<String> out) {
    this.wide = wide;
    this.withNamespace = withNamespace;
    this.out = out;
  }

  /** Prints a table's rows, and the header before the first ones. Without rows: nothing. */
  public void print(JsonNode table) {
    List<List<String>> lines = new ArrayList<>();
    if (!headerDone && table.path("columnDefinitions").size() > 0) {
      shown = shownColumns(table.path("columnDefinitions"));
      if (table.path("rows").size() > 0) {
        headerDone = true;
        lines.add(header(table.path("columnDefinitions")));
      }
    }
    table.path("rows").forEach(row -> lines.add(cells(row)));
    lines.forEach(this::widen);
    lines.forEach(line -> out.accept(layOut(line)));
  }

  private List<Integer> shownColumns(JsonNode columns) {
    List<Integer> indexes = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      if (wide || columns.get(i).path("priority").asInt() == 0) {
        indexes.add(i);
      }
    }
    return indexes;
  }

  private List<String> header(JsonNode columns) {
    List<String> line = new ArrayList<>();
    if (withNamespace) {
      line.add("NAMESPACE");
    }
    shown.forEach(i -> line.add(columns.get(i).path("name").asText().toUpperCase(Locale.ROOT)));
    return line;
  }

  private List<String> cells(JsonNode row) {
    List<String> line = new ArrayList<>();
    if (withNamespace) {
      line.add(row.path("object").path("metadata").path("namespace").asText(""));
    }
    shown.forEach(i -> line.add(text(row.path("cells").path(i))));
    return line;
  }

  /** A cell on one line, without control characters that would move the terminal's cursor. */
  private static String text(JsonNode cell) {
    String text = cell.isNull() || cell.isMissingNode() ? "" : cell.asText(cell.toString());
    String plain = ApiStatus.singleLine(text).replaceAll("\\p{Cntrl}", "?");
    return plain.isEmpty() ? "<none>" : plain;
  }

  private void widen(List<String> line) {
    for (int i = 0; i < line.size(); i++) {
      if (i == widths.size()) {
        widths.add(0);
      }
      widths.set(i, Math.max(widths.get(i), line.get(i).length()));
    }
  }

  private String layOut(List<String> line) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < line.size(); i++) {
      text.append(line.get(i));
      if (i < line.size() - 1) {
        text.append(" ".repeat(widths.get(i) - line.get(i).length() + GAP));
      }
    }
    return text.toString();
  }
}
