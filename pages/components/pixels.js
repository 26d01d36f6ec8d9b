import { _, setTexts } from "./texts.js";

// One image, large; tells the value of the pixel that is pointed at.
const SIDE = 28,
  FINE = 20; // canvas pixels for one of the image's
export default function ({ data, parentElement }) {
  setTexts(data.texts);
  const root = parentElement.querySelector(".pixels");
  const self = (root.self ??= make(root));
  self.pixels = Uint8Array.from(atob(data.pixels), (char) => char.charCodeAt(0));
  self.inverted = data.inverted; // dark on white
  self.canvas.setAttribute(
    "aria-label",
    _("{title} Arrow keys move over its pixels.", { title: data.title }),
  );
  self.draw();
}
function make(root) {
  const canvas = root.querySelector("canvas"),
    readout = root.querySelector(".readout");
  const self = { canvas, pixels: null, at: 14 * SIDE + 14 };
  canvas.width = canvas.height = SIDE * FINE;
  const pen = canvas.getContext("2d");
  self.draw = () => {
    self.pixels.forEach((value, index) => {
      const shade = self.inverted ? 255 - value : value;
      pen.fillStyle = `rgb(${shade},${shade},${shade})`;
      pen.fillRect((index % SIDE) * FINE, Math.floor(index / SIDE) * FINE, FINE, FINE);
    });
    const row = Math.floor(self.at / SIDE),
      column = self.at % SIDE,
      value = self.pixels[self.at];
    pen.strokeStyle = "#f59e0b";
    pen.lineWidth = 3;
    pen.strokeRect(column * FINE + 1.5, row * FINE + 1.5, FINE - 3, FINE - 3);
    const line = (name, text) => `<span>${name}</span><span>${text}</span>`;
    const hint = _("Point at a pixel, or tap one:");
    readout.innerHTML =
      `<span class="all">${hint}</span>` +
      line(_("Row, column"), `<b>${row}, ${column}</b>`) +
      line(_("Value"), _("{value} of {most}", { value: `<b>${value}</b>`, most: 255 })) +
      line(_("Scaled"), `<b>${(value / 255).toFixed(4)}</b> = ${value} / 255`) +
      line("28x28", `<code>image[${row}, ${column}]</code>`) +
      line("784", `<code>flat[${self.at}]</code> (28 · ${row} + ${column})`) +
      line("28x28x1", `<code>channel[${row}, ${column}, 0]</code>`);
  };
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * SIDE);
    const row = Math.floor(((event.clientY - box.top) / box.height) * SIDE);
    if (column < 0 || row < 0 || column >= SIDE || row >= SIDE) return;
    if (self.at !== row * SIDE + column) {
      self.at = row * SIDE + column;
      self.draw();
    }
  };
  canvas.onpointermove = canvas.onpointerdown = point;
  canvas.onkeydown = (event) => {
    const [down, right] = {
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
    }[event.key] ?? [0, 0];
    if (!down && !right) return;
    const at = self.at,
      limit = (position) => Math.min(SIDE - 1, Math.max(0, position));
    self.at = limit(Math.floor(at / SIDE) + down) * SIDE + limit((at % SIDE) + right);
    self.draw();
    event.preventDefault();
    event.stopPropagation();
  };
  return self;
}
