package io.hawser.benchmarks;

import java.util.List;
import java.util.Locale;

/**
 * Measured points joined by lines, as an SVG document with linear axes. A dashed line leads from
 * the origin to the last point: what grows linearly lies on it.
 *
 * @param title above it
 * @param xLabel below the horizontal axis, with its unit
 * @param points in the order of their x; neither value is negative
 */
record LinePlot(String title, String xLabel, List<Point> points) {
  record Point(double x, double y) {}

  private static final int WIDTH = 420;
  private static final int HEIGHT = 300;
  private static final int LEFT = 60;
  private static final int RIGHT = 20;
  private static final int TOP = 40;
  private static final int BOTTOM = 50;
  private static final int TICKS = 4;

  LinePlot {
    points = List.copyOf(points);
    if (points.isEmpty()) {
      throw new IllegalArgumentException(title + ": no points");
    }
  }

  /** Several of them side by side. */
  static String svg(List<LinePlot> plots) {
    StringBuilder out = new StringBuilder();
    out.append(
        "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-family='sans-serif'"
                .formatted(plots.size() * WIDTH, HEIGHT)
            + " font-size='11'>\n<rect width='100%' height='100%' fill='white'/>\n");
    for (int i = 0; i < plots.size(); i++) {
      out.append("<g transform='translate(%d,0)'>\n".formatted(i * WIDTH));
      plots.get(i).draw(out);
      out.append("</g>\n");
    }
    return out.append("</svg>\n").toString();
  }

  private void draw(StringBuilder out) {
    text(out, WIDTH / 2.0, TOP / 2.0, "middle", title);
    text(out, WIDTH / 2.0, HEIGHT - 10, "middle", xLabel);
    line(out, 0, 0, mostX(), 0, "stroke='black'");
    line(out, 0, 0, 0, mostY(), "stroke='black'");
    for (int i = 0; i <= TICKS; i++) {
      double x = mostX() * i / TICKS;
      double y = mostY() * i / TICKS;
      text(out, pixelX(x), HEIGHT - BOTTOM + 15, "middle", number(x));
      text(out, LEFT - 6, pixelY(y) + 4, "end", number(y));
      line(out, 0, y, mostX(), y, "stroke='#ddd'");
    }
    Point last = points.get(points.size() - 1);
    line(out, 0, 0, last.x(), last.y(), "stroke='#999' stroke-dasharray='4'");
    Point before = points.get(0);
    for (Point point : points) {
      line(out, before.x(), before.y(), point.x(), point.y(), "stroke='#06c' stroke-width='2'");
      out.append(
          format(
              "<circle cx='%.1f' cy='%.1f' r='3' fill='#06c'/>%n",
              pixelX(point.x()), pixelY(point.y())));
      before = point;
    }
  }

  private double mostX() {
    return roundUp(points.stream().mapToDouble(Point::x).max().orElseThrow());
  }

  private double mostY() {
    return roundUp(points.stream().mapToDouble(Point::y).max().orElseThrow());
  }

  /** To one or two digits that four ticks divide well. */
  private static double roundUp(double most) {
    double unit = Math.pow(10, Math.floor(Math.log10(Math.max(most, 1e-9)))) / 2.5;
    return Math.ceil(most / unit) * unit;
  }

  private double pixelX(double x) {
    return LEFT + x / mostX() * (WIDTH - LEFT - RIGHT);
  }

  private double pixelY(double y) {
    return HEIGHT - BOTTOM - y / mostY() * (HEIGHT - TOP - BOTTOM);
  }

  private void line(
      StringBuilder out, double x1, double y1, double x2, double y2, String attributes) {
    out.append(
        format(
            "<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' %s/>%n",
            pixelX(x1), pixelY(y1), pixelX(x2), pixelY(y2), attributes));
  }

  private static void text(StringBuilder out, double x, double y, String anchor, String text) {
    String safe = text.replace("&", "&amp;").replace("<", "&lt;");
    out.append(format("<text x='%.1f' y='%.1f' text-anchor='%s'>%s</text>%n", x, y, anchor, safe));
  }

  private static String number(double value) {
    return value == Math.rint(value) ? format("%,.0f", value) : format("%.1f", value);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
