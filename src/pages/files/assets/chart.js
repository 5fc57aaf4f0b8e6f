// Bars over time: as wide as there is room for, with each bar's number where one points at it.
import { number, svg } from "./ui.js";

const HEIGHT = 96;

/** Draws `bars` ([{ label, value }], the last of which is not over yet) into an SVG, and once more when its width changes. */
export function draw(chart, bars, label) {
  chart.bars = bars;
  chart.setAttribute("aria-label", label);
  if (!chart.watched) {
    chart.watched = new ResizeObserver(() => paint(chart));
    chart.watched.observe(chart);
  }
  paint(chart);
}

function paint(chart) {
  const { bars } = chart;
  const width = chart.clientWidth;
  if (!width) return;
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const room = width / bars.length;
  const gap = room > 9 ? 3 : 1;
  const drawn = bars.map(({ label, value }, at) => {
    const height = value ? Math.max(3, (HEIGHT - 6) * value / most) : 0;
    const x = at * room + gap / 2;
    return svg("g", {},
      svg("rect", { class: at === bars.length - 1 ? "bar now" : "bar", x, y: HEIGHT - 1 - height, width: Math.max(1, room - gap), height, rx: Math.min(2, room / 6) }),
      svg("rect", { class: "hit", x: at * room, y: 0, width: room, height: HEIGHT }, svg("title", {}, `${label}: ${number(value)}`)));
  });
  chart.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  chart.replaceChildren(svg("line", { class: "base", x1: 0, x2: width, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5 }), ...drawn);
}
