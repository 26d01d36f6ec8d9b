// Images as points of a map: pointed at, opened, hidden by class, selected with a lasso.
import { _, setTexts } from "./texts.js";
const SIDE = 28,
  FULL = 65535,
  REACH = 14,
  PICTURES = 260;
export default function ({ data, parentElement, setTriggerValue }) {
  setTexts(data.texts);
  const map = parentElement.querySelector(".map");
  const self = (map.self ??= make(map));
  self.tell = (what, value) => setTriggerValue(what, { ...value, of: data.id });
  self.take(data);
  return self.leave;
}
function numbers(text, Kind) {
  return new Kind(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
}
function make(map) {
  const canvas = map.querySelector(".field canvas"),
    tip = map.querySelector(".tip");
  const classes = map.querySelector(".classes"),
    pen = canvas.getContext("2d");
  const touch = matchMedia("(pointer: coarse)").matches;
  const self = { data: null, hidden: new Set(), picked: null, over: -1, path: null };
  let view = { x: 0.5, y: 0.5, zoom: 1 },
    wide = 0,
    high = 0,
    xy = null,
    from = null,
    began = 0;
  let dragged = null,
    frame = 0;
  map.dataset.by = touch ? "touch" : "mouse";
  map.dataset.mode = touch ? "" : "lasso";
  // from a position on the map, 0 to 1, to one on the canvas, and back
  const side = () => Math.min(wide, high) - 24;
  const screen = (x, y) => [
    wide / 2 + (x - view.x) * side() * view.zoom,
    high / 2 + (y - view.y) * side() * view.zoom,
  ];
  const back = (a, b) => [
    view.x + (a - wide / 2) / (side() * view.zoom),
    view.y + (b - high / 2) / (side() * view.zoom),
  ];
  const shown = (i) => !self.hidden.has(self.data.labels.charCodeAt(i) - 48);
  const sheet = () => window.digitLabSheets?.get(self.data.sheet);
  self.at = (i) => screen(xy[2 * i], xy[2 * i + 1]);
  self.mine = () => screen(...self.data.mine.xy);
  const paint = (i) => self.data.colors[self.data.labels.charCodeAt(i) - 48];
  const picture = (to, i, x, y, size) =>
    to.drawImage(
      sheet(),
      (i % self.data.columns) * SIDE,
      Math.floor(i / self.data.columns) * SIDE,
      SIDE,
      SIDE,
      x,
      y,
      size,
      size,
    );
  self.take = (data) => {
    const same = self.data?.id === data.id,
      old = xy;
    const fresh = self.data === null || !same;
    self.data = data;
    words();
    const target = Float32Array.from(numbers(data.xy, Uint16Array), (v) => v / FULL);
    if (fresh) {
      Object.assign(self, { picked: null, over: -1, hidden: new Set() });
      view = { x: 0.5, y: 0.5, zoom: 1 };
      legend();
    }
    self.target = target;
    if (!fresh && old?.length === target.length && old.some((v, k) => v !== target[k])) {
      from = Float32Array.from(old);
      began = performance.now(); // glide to the new places
    } else if (fresh || !from) {
      xy = target;
      from = null;
    }
    const picked = data.picked ? numbers(data.picked, Uint32Array) : null;
    self.picked = picked && picked.length ? new Set(picked) : null;
    map.querySelector("[data-do=none]").hidden = !self.picked;
    self.draw();
  };
  const words = () => {
    const set = (button, text) => {
      map.querySelector(`.tools ${button}`).textContent = text;
    };
    set("[data-mode=lasso]", _("Lasso"));
    set("[data-mode=move]", _("Move"));
    set("[data-do=whole]", _("Whole map"));
    set("[data-do=none]", _("Clear the selection"));
    map.querySelector("[data-do=in]").setAttribute("aria-label", _("Zoom in"));
    map.querySelector("[data-do=out]").setAttribute("aria-label", _("Zoom out"));
    classes.setAttribute("aria-label", _("Classes to show"));
  };
  const legend = () => {
    classes.replaceChildren(
      ...self.data.names.map((name, k) => {
        const button = document.createElement("button");
        button.textContent = name;
        button.hidden = !self.data.labels.includes(k);
        button.style.setProperty("--c", self.data.colors[k]);
        button.setAttribute("aria-pressed", "true");
        button.title = _("Hide or show {name}; double-click shows it alone", { name });
        const set = () =>
          [...classes.children].forEach((b, j) =>
            b.setAttribute("aria-pressed", String(!self.hidden.has(j))),
          );
        button.onclick = () => {
          if (!self.hidden.delete(k)) self.hidden.add(k);
          set();
          self.draw();
        };
        button.ondblclick = () => {
          self.hidden = new Set(self.data.names.map((label, j) => j).filter((j) => j !== k));
          set();
          self.draw();
        };
        return button;
      }),
    );
  };
  const mode = (name) => {
    map.dataset.mode = name;
    map
      .querySelectorAll("[data-mode]")
      .forEach(
        (b) =>
          b.tagName === "BUTTON" && b.setAttribute("aria-pressed", String(b.dataset.mode === name)),
      );
  };
  const zoom = (factor, a = wide / 2, b = high / 2) => {
    const [x, y] = back(a, b);
    view.zoom = Math.min(60, Math.max(1, view.zoom * factor));
    const [u, v] = back(a, b);
    view.x += x - u;
    view.y += y - v;
    inside();
    self.draw();
  };
  const inside = () => {
    const room = 0.5 * (1 - 1 / view.zoom);
    view.x = Math.min(0.5 + room, Math.max(0.5 - room, view.x));
    view.y = Math.min(0.5 + room, Math.max(0.5 - room, view.y));
  };
  const clear = () => {
    if (self.picked) self.tell("lasso", { picked: [] });
  };
  map.querySelector(".tools").onclick = ({ target }) => {
    const { mode: to, do: what } = target.dataset;
    if (to) mode(touch && map.dataset.mode === to ? "" : to);
    if (what === "in") zoom(1.6);
    if (what === "out") zoom(1 / 1.6);
    if (what === "whole") {
      view = { x: 0.5, y: 0.5, zoom: 1 };
      self.draw();
    }
    if (what === "none") clear();
  };
  self.draw = () => {
    frame ||= requestAnimationFrame(paintAll);
  };
  const paintAll = () => {
    frame = 0;
    const { data } = self;
    const width = canvas.parentElement.clientWidth;
    if (!data || !width) return;
    const ratio = window.devicePixelRatio || 1;
    wide = width;
    high = Math.round(Math.min(width, Math.max(340, width * 0.8), 620));
    if (canvas.width !== Math.round(wide * ratio) || canvas.height !== Math.round(high * ratio)) {
      canvas.width = Math.round(wide * ratio);
      canvas.height = Math.round(high * ratio);
      canvas.style.height = high + "px";
    }
    if (from) {
      const t = Math.min(1, (performance.now() - began) / 700),
        s = t * t * (3 - 2 * t);
      xy = t < 1 ? from.map((v, k) => v + s * (self.target[k] - v)) : self.target;
      if (t < 1) self.draw();
      else from = null;
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, wide, high);
    const visible = [];
    for (let i = 0; i < data.n; i++) {
      if (!shown(i)) continue;
      const [x, y] = self.at(i);
      if (x > -14 && y > -14 && x < wide + 14 && y < high + 14) visible.push([i, x, y]);
    }
    const large = visible.length <= PICTURES && view.zoom > 1 && sheet();
    const size = Math.min(7, 2.6 + view.zoom * 0.4);
    for (const [i, x, y] of visible) {
      pen.globalAlpha = self.picked && !self.picked.has(i) ? 0.15 : large ? 1 : 0.8;
      pen.fillStyle = paint(i);
      if (large) {
        pen.fillRect(x - 15, y - 15, 30, 30);
        picture(pen, i, x - 13, y - 13, 26);
      } else {
        pen.beginPath();
        pen.arc(x, y, size / 2 + 0.5, 0, 7);
        pen.fill();
      }
    }
    pen.globalAlpha = 1;
    const ink = getComputedStyle(canvas).color;
    for (const [i, x, y] of visible) {
      if (!(i in data.wrong) || (self.picked && !self.picked.has(i))) continue;
      pen.strokeStyle = ink;
      pen.lineWidth = 1.5;
      pen.beginPath();
      pen.arc(x, y, large ? 22 : size / 2 + 3, 0, 7);
      pen.stroke();
    }
    if (data.mine) star(ink);
    if (self.over >= 0) ring(self.at(self.over), ink);
    if (self.path?.length > 1) {
      pen.beginPath();
      self.path.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.closePath();
      pen.fillStyle = "rgba(59,130,246,.18)";
      pen.fill();
      pen.strokeStyle = "#3b82f6";
      pen.lineWidth = 2;
      pen.stroke();
    }
    hint();
    Object.assign(map.dataset, {
      n: data.n,
      shown: visible.length,
      picked: self.picked?.size ?? 0,
      zoom: view.zoom.toFixed(2),
      pictures: Boolean(sheet()),
      still: !from,
    });
    canvas.setAttribute(
      "aria-label",
      _(
        "{n} images as points. Arrow keys go from one to the next, Enter opens it, plus and minus zoom.",
        { n: data.n },
      ),
    );
  };
  const ring = ([x, y], ink) => {
    pen.strokeStyle = ink;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(x, y, 8, 0, 7);
    pen.stroke();
  };
  const star = (ink) => {
    const [x, y] = self.mine();
    pen.beginPath();
    for (let k = 0; k < 10; k++) {
      const r = k % 2 ? 5 : 12,
        a = Math.PI * (k / 5 - 0.5);
      pen.lineTo(x + r * Math.cos(a), y + r * Math.sin(a));
    }
    pen.closePath();
    pen.fillStyle = "#fde047";
    pen.fill();
    pen.strokeStyle = "#111";
    pen.lineWidth = 1.5;
    pen.stroke();
    pen.font = "600 13px " + getComputedStyle(map).fontFamily;
    const left = x > wide - 110,
      at = [x + (left ? -16 : 16), y + 5];
    pen.textAlign = left ? "right" : "left";
    pen.fillStyle = ink;
    pen.lineWidth = 4;
    pen.strokeStyle = getComputedStyle(map).getPropertyValue("--st-background-color") || "#fff";
    pen.strokeText(_("your drawing"), ...at);
    pen.fillText(_("your drawing"), ...at);
  };
  const described = (i) => {
    const { labels, names, rows, wrong } = self.data;
    const values = {
      name: names[labels.charCodeAt(i) - 48],
      row: rows[i].toLocaleString("en"),
      other: names[wrong[i]],
    };
    return i in wrong
      ? _("{name} · image {row} · read as {other}", values)
      : _("{name} · image {row}", values);
  };
  const hint = () => {
    tip.hidden = self.over < 0 && !self.mineOver;
    if (tip.hidden) return;
    const mine = self.mineOver,
      i = self.over;
    const [x, y] = mine ? self.mine() : self.at(i);
    const small = tip.querySelector("canvas"),
      to = small.getContext("2d");
    to.clearRect(0, 0, SIDE, SIDE);
    if (mine) {
      const ink = numbers(self.data.mine.pixels, Uint8Array),
        image = to.createImageData(28, 28);
      ink.forEach((v, k) => image.data.set([v, v, v, 255], 4 * k));
      to.putImageData(image, 0, 0);
    } else if (sheet()) picture(to, i, 0, 0, SIDE);
    tip.querySelector("span").textContent = mine ? _("your last drawing") : described(i);
    tip.style.left = Math.max(0, Math.min(wide - tip.offsetWidth, x + 14)) + "px";
    const below = y + 14 + tip.offsetHeight < high;
    tip.style.top = (below ? y + 14 : Math.max(0, y - 14 - tip.offsetHeight)) + "px";
  };
  const near = (a, b, reach = REACH) => {
    let best = -1,
      least = reach * reach;
    for (let i = 0; i < self.data.n; i++) {
      if (!shown(i)) continue;
      const [x, y] = self.at(i),
        d = (x - a) ** 2 + (y - b) ** 2;
      if (d < least) {
        least = d;
        best = i;
      }
    }
    return best;
  };
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const look = (at) => {
    const mine = self.data.mine && self.mine();
    self.mineOver = Boolean(mine && Math.hypot(mine[0] - at[0], mine[1] - at[1]) < 12);
    self.over = self.mineOver ? -1 : near(...at);
    self.draw();
  };
  const within = ([x, y], path) => {
    // even-odd rule
    let odd = false;
    for (let i = 0, j = path.length - 1; i < path.length; j = i++) {
      const [a, b] = path[i],
        [c, d] = path[j];
      if (b > y !== d > y && x < ((c - a) * (y - b)) / (d - b) + a) odd = !odd;
    }
    return odd;
  };
  canvas.onpointerdown = (event) => {
    if (!self.data || event.button) return;
    dragged = { at: point(event), moved: false, view: { ...view } };
    if (!touch || map.dataset.mode) canvas.setPointerCapture(event.pointerId);
  };
  canvas.onpointermove = (event) => {
    if (!self.data) return;
    const at = point(event);
    if (!dragged) {
      if (event.pointerType === "mouse") look(at);
      return;
    }
    if (Math.hypot(at[0] - dragged.at[0], at[1] - dragged.at[1]) > 6) dragged.moved = true;
    if (!dragged.moved) return;
    self.over = -1;
    self.mineOver = false;
    if (map.dataset.mode === "lasso") (self.path ??= [dragged.at]).push(at);
    if (map.dataset.mode === "move") {
      view = { ...dragged.view };
      const [x, y] = back(...dragged.at),
        [u, v] = back(...at);
      view.x += x - u;
      view.y += y - v;
      inside();
    }
    self.draw();
  };
  canvas.onpointerup = (event) => {
    if (!dragged) return;
    const { moved } = dragged,
      path = self.path;
    dragged = self.path = null;
    if (path) {
      const picked = [];
      for (let i = 0; i < self.data.n; i++) {
        if (shown(i) && within(self.at(i), path)) picked.push(i);
      }
      self.picked = picked.length ? new Set(picked) : null;
      self.tell("lasso", { picked });
    } else if (!moved) {
      const before = self.over;
      look(point(event));
      // With a finger, the first touch shows what it is and the second opens it.
      if (self.over >= 0 && (event.pointerType === "mouse" || before === self.over)) {
        self.tell("clicked", { index: self.over });
      }
    }
    self.draw();
  };
  canvas.onpointercancel = () => {
    dragged = self.path = null;
    self.draw();
  };
  canvas.onpointerleave = (event) => {
    if (event.pointerType === "mouse" && !dragged) {
      self.over = -1;
      self.mineOver = false;
      self.draw();
    }
  };
  canvas.onblur = () => {
    self.over = -1;
    self.draw();
  };
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // else it scrolls the page
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 300), ...point(event));
    },
    { passive: false },
  );
  canvas.onkeydown = (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
      event.key
    ];
    if (way) {
      if (self.over < 0) self.over = near(wide / 2, high / 2, 1e6);
      else self.over = next(way);
      self.draw();
    } else if (event.key === "Enter" && self.over >= 0) self.tell("clicked", { index: self.over });
    else if (event.key === "+" || event.key === "=") zoom(1.6);
    else if (event.key === "-") zoom(1 / 1.6);
    else if (event.key === "Escape") clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const next = ([dx, dy]) => {
    // the nearest point that lies more that way than aside
    const [x, y] = self.at(self.over);
    let best = self.over,
      least = Infinity;
    for (let i = 0; i < self.data.n; i++) {
      if (i === self.over || !shown(i)) continue;
      const [a, b] = self.at(i),
        ahead = (a - x) * dx + (b - y) * dy;
      const aside = Math.abs((a - x) * dy) + Math.abs((b - y) * dx);
      if (a < 0 || b < 0 || a > wide || b > high || ahead <= aside) continue;
      const d = ahead + 2 * aside;
      if (d < least) {
        least = d;
        best = i;
      }
    }
    return best;
  };
  canvas.ontransitionend = () => self.draw(); // the page went from light to dark
  const redraw = () => self.draw();
  window.addEventListener("digit-lab-sheet", redraw);
  const watch = new ResizeObserver(redraw);
  watch.observe(canvas.parentElement);
  self.leave = () => {
    watch.disconnect();
    window.removeEventListener("digit-lab-sheet", redraw);
    cancelAnimationFrame(frame);
  };
  mode(map.dataset.mode);
  return self;
}
