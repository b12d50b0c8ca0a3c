// Claims by minute over the last hour, as bars.

import { counted, formatNumber } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 24;
const STEP = 3;

/** Draw counts, the oldest first, into an SVG element; describe them for who does not see it. */
export function drawSparkline(svg, counts) {
  const largest = Math.max(...counts, 1);
  const bars = counts.map((count, at) => {
    const bar = document.createElementNS(SVG, "rect");
    const height = count ? Math.max(2, (count / largest) * HEIGHT) : 0.75;
    bar.setAttribute("x", at * STEP);
    bar.setAttribute("y", HEIGHT - height);
    bar.setAttribute("width", STEP - 1);
    bar.setAttribute("height", height);
    if (!count) bar.setAttribute("class", "none");
    return bar;
  });
  const title = document.createElementNS(SVG, "title");
  const sum = counts.reduce((total, count) => total + count, 0);
  title.textContent = `Claims a minute over the last hour: ${formatNumber(counts.at(-1))} now, at most ${formatNumber(largest)}, ${counted(sum, "claim")} in all`;
  svg.replaceChildren(title, ...bars);
}
