// Many small images of one PNG, in as many columns as fit; each can be pointed at and opened.
import { _, setTexts } from "./texts.js";
const SIDE = 28;
export default function ({ data, parentElement, setTriggerValue }) {
  setTexts(data.texts);
  const grid = parentElement.querySelector(".grid");
  const self = (grid.self ??= make(grid));
  self.click = (index) => setTriggerValue("clicked", { index, of: self.data.id });
  self.newest = data;
  const same = self.data && self.data.id === data.id;
  if (same) {
    self.data = data;
    self.draw();
    return self.leave;
  }
  const sheet = new Image();
  sheet.onload = () => {
    if (self.newest !== data) return; // a newer one came while this was decoded
    Object.assign(self, { data, sheet, at: data.chosen ?? 0, over: -1 });
    self.draw();
  };
  sheet.src = "data:image/png;base64," + data.png;
  if (!self.data) {
    self.data = data;
    self.at = data.chosen ?? 0;
    self.draw();
  } // its height
  return self.leave;
}
function make(grid) {
  const canvas = grid.querySelector("canvas"),
    tip = grid.querySelector(".tip");
  const self = { data: null, sheet: null, at: 0, over: -1, focused: false, layout: null };
  const layout = () => {
    const width = grid.clientWidth,
      { data } = self;
    const side = data.side || (width < 600 ? 42 : 56); // 28 pixels are 1.5 or 2 each
    const caption = data.labels ? 16 : 0,
      least = 4;
    const columns = Math.max(1, Math.floor((width - least) / (side + least)));
    const step = Math.min(Math.floor((width - least) / columns), side + 3 * least);
    return { width, side, caption, columns, step, down: side + caption + least, least };
  };
  const corner = (index, p) => [
    p.least + (index % p.columns) * p.step,
    p.least + Math.floor(index / p.columns) * p.down,
  ];
  self.draw = () => {
    const { data, sheet } = self;
    if (!data || !grid.clientWidth) return;
    const p = (self.layout = layout()),
      rows = Math.ceil(data.n / p.columns);
    const height = rows * p.down + p.least,
      ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(p.width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = p.width + "px";
    canvas.style.height = height + "px";
    Object.assign(grid.dataset, {
      columns: p.columns,
      n: data.n,
      step: p.step,
      down: p.down,
      side: p.side,
      least: p.least,
      ready: Boolean(sheet),
    });
    canvas.setAttribute(
      "aria-label",
      _("{n} images. Arrow keys move, Enter opens one.", { n: data.n }),
    );
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.imageSmoothingEnabled = (p.side * ratio) % SIDE !== 0;
    const style = getComputedStyle(canvas);
    pen.font = "12px " + style.fontFamily;
    pen.textAlign = "center";
    pen.fillStyle = style.color;
    for (let index = 0; index < (sheet ? data.n : 0); index++) {
      const [x, y] = corner(index, p);
      const from = [(index % data.columns) * SIDE, Math.floor(index / data.columns) * SIDE];
      pen.drawImage(sheet, ...from, SIDE, SIDE, x, y, p.side, p.side);
      if (data.labels) pen.fillText(data.labels[index], x + p.side / 2, y + p.side + 12, p.step);
    }
    const frame = (index, color, thick) => {
      if (index === null || index < 0 || index >= data.n) return;
      const [x, y] = corner(index, p);
      pen.strokeStyle = color;
      pen.lineWidth = thick;
      pen.strokeRect(x - thick / 2, y - thick / 2, p.side + thick, p.side + thick);
    };
    frame(data.chosen, "#f59e0b", 3);
    frame(self.over, "#3b82f6", 2);
    const shown = self.over >= 0 && self.over < data.n ? self.over : -1;
    tip.hidden = shown < 0;
    if (shown < 0) return;
    tip.textContent = data.titles[shown];
    const [x, y] = corner(shown, p),
      wide = tip.offsetWidth,
      high = tip.offsetHeight;
    tip.style.left = Math.max(0, Math.min(x + p.side / 2 - wide / 2, p.width - wide)) + "px";
    tip.style.top = (y > high + 4 ? y - high - 5 : y + p.side + 5) + "px";
  };
  const hit = (event) => {
    const p = self.layout;
    if (!p || !self.sheet) return -1;
    const column = Math.floor((event.offsetX - p.least / 2) / p.step);
    const row = Math.floor((event.offsetY - p.least / 2) / p.down);
    const index = row * p.columns + column;
    return column < 0 || column >= p.columns || row < 0 || index >= self.data.n ? -1 : index;
  };
  const over = (index) => {
    canvas.style.cursor = index < 0 ? "default" : "pointer";
    if (index !== self.over) {
      self.over = index;
      self.draw();
    }
  };
  canvas.onpointermove = (event) => over(hit(event));
  canvas.onpointerleave = () => over(-1);
  canvas.onclick = (event) => {
    const index = hit(event);
    if (index >= 0) {
      self.at = index;
      self.click(index);
    }
  };
  canvas.onfocus = () => {
    if (canvas.matches(":focus-visible")) over(self.at);
  };
  canvas.onblur = () => over(-1);
  canvas.onkeydown = (event) => {
    const step = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -self.layout?.columns,
      ArrowDown: self.layout?.columns,
      Home: -Infinity,
      End: Infinity,
    }[event.key];
    if (event.key === "Enter" || event.key === " ") {
      self.click(self.at);
    } else if (step) {
      const to = self.at + step,
        last = self.data.n - 1;
      if (Math.abs(step) === Infinity) self.at = step < 0 ? 0 : last;
      else if (to >= 0 && to <= last) self.at = to;
      over(self.at);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  canvas.ontransitionend = self.draw; // the page went from light to dark
  const watch = new ResizeObserver(() => {
    if (grid.clientWidth !== self.layout?.width) self.draw();
  });
  watch.observe(grid);
  self.leave = () => watch.disconnect();
  return self;
}
