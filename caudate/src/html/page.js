"use strict";
(() => {
  // Hover: what a mark's <title> says, at once and beside the pointer.
  const tip = document.createElement("div");
  tip.id = "tip";
  document.body.append(tip);
  for (const title of document.querySelectorAll("svg.chart title")) {
    title.parentNode.setAttribute("data-tip", title.textContent);
    title.remove();
  }
  document.addEventListener("pointermove", (event) => {
    const mark = event.target.closest && event.target.closest("[data-tip]");
    tip.style.opacity = mark ? 1 : 0;
    if (!mark) return;
    tip.textContent = mark.getAttribute("data-tip");
    const right = event.clientX + 14 + tip.offsetWidth > innerWidth;
    tip.style.left = (right ? event.clientX - 12 - tip.offsetWidth : event.clientX + 14) + "px";
    tip.style.top = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 6) + "px";
  });

  // Zoom: drag over the raster to see those steps, click twice for all of them.
  const source = document.getElementById("spike-data");
  const plot = document.querySelector("svg.raster-plot");
  if (!source || !plot) return;
  const [steps, rows, perRow, packed] = source.textContent.trim().split(" ");
  const bytes = Uint8Array.from(atob(packed || ""), (c) => c.charCodeAt(0));
  const times = [], members = [];
  for (let at = 0, t = 0; at < bytes.length; ) {
    const pair = [0, 0];
    for (let k = 0; k < 2; k++) {
      for (let shift = 1; ; shift *= 128) {
        const byte = bytes[at++];
        pair[k] += (byte & 127) * shift;
        if (byte < 128) break;
      }
    }
    times.push((t += pair[0]));
    members.push(pair[1]);
  }
  const box = plot.viewBox.baseVal, columns = 240, levels = 5;
  const chart = plot.closest("svg.chart");
  const ticks = [...chart.querySelectorAll("text.zoom-tick")];
  let first = 0, last = +steps;
  const below = (t) => {
    let low = 0, high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] < t) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const draw = () => {
    const span = last - first, width = Math.min(columns, span), count = new Map();
    for (let k = below(first); k < times.length && times[k] < last; k++) {
      const cell = Math.floor(((times[k] - first) * width) / span) + width * Math.floor(members[k] / perRow);
      count.set(cell, (count.get(cell) || 0) + 1);
    }
    let most = 1;
    for (const n of count.values()) most = Math.max(most, n);
    const paths = Array(levels).fill("");
    const cellX = box.width / width, cellY = box.height / rows;
    for (const [cell, n] of count) {
      const level = Math.min(levels - 1, Math.floor(Math.sqrt(n / most) * levels));
      const x = (cell % width) * cellX, y = Math.floor(cell / width) * cellY;
      paths[level] += `M${x.toFixed(1)} ${y.toFixed(1)}h${Math.max(cellX, 1).toFixed(1)}v${Math.max(cellY * 0.85, 0.7).toFixed(1)}h-${Math.max(cellX, 1).toFixed(1)}z`;
    }
    const old = plot.querySelectorAll("path");
    old.forEach((path) => path.remove());
    paths.forEach((d, level) => {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("class", "mark spikes");
      path.setAttribute("d", d);
      path.style.opacity = (0.35 + (0.65 * (level + 1)) / levels).toFixed(2);
      plot.append(path);
    });
    chart.setAttribute("data-marks", count.size);
    ticks.forEach((tick, k) => (tick.textContent = Math.round(first + (span * k) / (ticks.length - 1)).toLocaleString("en")));
  };
  const surface = plot.querySelector("rect.surface");
  surface.classList.add("zoomable");
  const toStep = (event) => {
    const frame = surface.getBoundingClientRect();
    return first + Math.min(1, Math.max(0, (event.clientX - frame.left) / frame.width)) * (last - first);
  };
  let from = null;
  const selection = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  selection.setAttribute("class", "selection");
  surface.addEventListener("pointerdown", (event) => {
    from = toStep(event);
    surface.setPointerCapture(event.pointerId);
    plot.append(selection);
  });
  surface.addEventListener("pointermove", (event) => {
    if (from === null) return;
    const to = toStep(event), x = (t) => ((t - first) / (last - first)) * box.width;
    selection.setAttribute("x", x(Math.min(from, to)));
    selection.setAttribute("width", Math.abs(x(to) - x(from)));
    selection.setAttribute("height", box.height);
  });
  surface.addEventListener("pointerup", (event) => {
    const to = toStep(event), low = Math.floor(Math.min(from, to)), high = Math.ceil(Math.max(from, to));
    from = null;
    selection.remove();
    if (high - low >= 2 && high - low < (last - first) * 0.98) {
      [first, last] = [low, high];
      draw();
    }
  });
  surface.addEventListener("dblclick", () => {
    [first, last] = [0, +steps];
    draw();
  });
})();
