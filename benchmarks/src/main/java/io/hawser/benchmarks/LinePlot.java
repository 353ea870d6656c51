package io.hawser.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Measured points joined by lines, as an SVG document. Both axes are logarithmic, each point has
 * its value beside it. A dashed line leads to the last point of the first series: what grows in
 * proportion lies on it.
 *
 * @param title above it, with the unit of the vertical axis
 * @param xLabel below the horizontal axis, with its unit
 */
record LinePlot(String title, String xLabel, List<Series> series) {
  /** Values above zero. */
  record Point(double x, double y) {}

  /**
   * @param points in the order of their x
   */
  record Series(String name, List<Point> points) {
    Series {
      points = List.copyOf(points);
      if (points.isEmpty()) {
        throw new IllegalArgumentException(name + ": no points");
      }
    }

    Point last() {
      return points.get(points.size() - 1);
    }
  }

  private static final int WIDTH = 540;
  private static final int HEIGHT = 380;
  private static final int LEFT = 60;
  private static final int RIGHT = 30;
  private static final int TOP = 40;
  private static final int BOTTOM = 50;
  private static final double[] STEPS = {1, 2, 5};
  private static final List<String> COLOURS = List.of("#06c", "#c50");

  LinePlot {
    series = List.copyOf(series);
    if (series.isEmpty() || series.size() > COLOURS.size()) {
      throw new IllegalArgumentException(title + ": needs one or two series");
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
    axes(out);
    Point last = series.get(0).last();
    double fromX = Math.max(leastX(), last.x() * leastY() / last.y());
    line(out, new Point(fromX, last.y() * fromX / last.x()), last, "#999", "stroke-dasharray='4'");
    for (int i = 0; i < series.size(); i++) {
      draw(out, series.get(i).points(), COLOURS.get(i));
      legend(out, i, series.get(i).name(), COLOURS.get(i), "");
    }
    legend(out, series.size(), "in proportion", "#999", "stroke-dasharray='4'");
  }

  private void axes(StringBuilder out) {
    text(out, WIDTH / 2.0, TOP / 2.0, "middle", title);
    text(out, WIDTH / 2.0, HEIGHT - 10, "middle", xLabel);
    for (double y : ticks(leastY(), mostY())) {
      line(out, new Point(leastX(), y), new Point(mostX(), y), "#ddd", "");
      text(out, LEFT - 6, pixelY(y) + 4, "end", number(y));
    }
    for (double x : ticks(leastX(), mostX())) {
      boolean decade = Math.rint(Math.log10(x)) == Math.log10(x);
      if (decade || x == mostX()) {
        line(out, new Point(x, leastY()), new Point(x, mostY()), "#ddd", "");
        text(out, pixelX(x), HEIGHT - BOTTOM + 15, "middle", shortened(x));
      }
    }
    line(out, new Point(leastX(), leastY()), new Point(mostX(), leastY()), "black", "");
    line(out, new Point(leastX(), leastY()), new Point(leastX(), mostY()), "black", "");
  }

  private void draw(StringBuilder out, List<Point> points, String colour) {
    Point before = points.get(0);
    for (Point point : points) {
      line(out, before, point, colour, "stroke-width='2'");
      out.append(
          format(
              "<circle cx='%.1f' cy='%.1f' r='3' fill='%s'/>%n",
              pixelX(point.x()), pixelY(point.y()), colour));
      // Rising lines leave the upper left free, but for the first point's, where the axis is.
      boolean first = point.x() == leastX();
      double beside = first ? 6 : -4;
      String anchor = first ? "start" : "end";
      text(out, pixelX(point.x()) + beside, pixelY(point.y()) - 6, anchor, number(point.y()));
      before = point;
    }
  }

  private void legend(StringBuilder out, int row, String name, String colour, String attributes) {
    double y = TOP + 14 + 16.0 * row;
    out.append(
        format(
            "<line x1='%d' y1='%.1f' x2='%d' y2='%.1f' stroke='%s' stroke-width='2' %s/>%n",
            LEFT + 10, y - 4, LEFT + 34, y - 4, colour, attributes));
    text(out, LEFT + 40, y, "start", name);
  }

  private double leastX() {
    return ticks(least(Point::x), most(Point::x)).get(0);
  }

  private double mostX() {
    List<Double> ticks = ticks(least(Point::x), most(Point::x));
    return ticks.get(ticks.size() - 1);
  }

  private double leastY() {
    return ticks(least(Point::y), most(Point::y)).get(0);
  }

  private double mostY() {
    List<Double> ticks = ticks(least(Point::y), most(Point::y));
    return ticks.get(ticks.size() - 1);
  }

  private double least(ToDoubleFunction<Point> of) {
    return series.stream().flatMap(s -> s.points().stream()).mapToDouble(of).min().orElseThrow();
  }

  private double most(ToDoubleFunction<Point> of) {
    return series.stream().flatMap(s -> s.points().stream()).mapToDouble(of).max().orElseThrow();
  }

  /** The numbers 1, 2 and 5 of each decade, from just below to just above. */
  private static List<Double> ticks(double least, double most) {
    List<Double> ticks = new ArrayList<>();
    for (int decade = (int) Math.floor(Math.log10(least)); ; decade++) {
      for (double step : STEPS) {
        double tick = step * Math.pow(10, decade);
        if (tick <= least) {
          ticks.clear();
        }
        ticks.add(tick);
        if (tick >= most && ticks.size() > 1) {
          return ticks;
        }
      }
    }
  }

  private double pixelX(double x) {
    return LEFT + Math.log(x / leastX()) / Math.log(mostX() / leastX()) * (WIDTH - LEFT - RIGHT);
  }

  private double pixelY(double y) {
    double share = Math.log(y / leastY()) / Math.log(mostY() / leastY());
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
  }

  private void line(StringBuilder out, Point from, Point to, String colour, String attributes) {
    out.append(
        format(
            "<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' stroke='%s' %s/>%n",
            pixelX(from.x()),
            pixelY(from.y()),
            pixelX(to.x()),
            pixelY(to.y()),
            colour,
            attributes));
  }

  private static void text(StringBuilder out, double x, double y, String anchor, String text) {
    String safe = text.replace("&", "&amp;").replace("<", "&lt;");
    out.append(format("<text x='%.1f' y='%.1f' text-anchor='%s'>%s</text>%n", x, y, anchor, safe));
  }

  /** Whole from ten on, else with one digit behind the point. */
  private static String number(double value) {
    return value >= 10 || value == Math.rint(value)
        ? format("%,.0f", value)
        : format("%.1f", value);
  }

  private static String shortened(double value) {
    if (value >= 1e6) {
      return format("%.0fM", value / 1e6);
    }
    return value >= 1e3 ? format("%.0fk", value / 1e3) : format("%.0f", value);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
