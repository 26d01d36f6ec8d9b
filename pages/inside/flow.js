import { _, setTexts } from "../components/texts.js";
import {
  element,
  isBright,
  layout,
  legend,
  fromLevels,
  paint,
  percent,
  tip,
  numberText,
  under,
  valueAt,
} from "./maps.js";

// Every layer's output for one image, from the pixels to the answer.
export default function ({ data, parentElement, setTriggerValue }) {
  setTexts(data.texts);
  const root = parentElement.querySelector(".inside");
  const self = (root.self ??= { tip: tip(root) });
  self.open = (layer, unit, at) =>
    setTriggerValue("opened", { layer, unit, row: at?.row ?? null, column: at?.column ?? null });
  self.data = data;
  if (self.id !== data.id || self.language !== data.language) build(root, self);
  draw(root, self);
  if (!self.watch) {
    self.watch = new ResizeObserver(() => {
      if (root.clientWidth && root.clientWidth !== self.width) draw(root, self);
    });
    self.watch.observe(root);
  }
  return () => self.watch.disconnect();
}
function build(root, self) {
  self.id = self.data.id;
  self.language = self.data.language;
  for (const row of root.querySelectorAll(".row")) row.remove();
  self.rows = self.data.layers.map((layer, index) => {
    const row = element("div", { class: "row" });
    const open = element(
      "button",
      { type: "button", title: _("Open {layer}", { layer: layer.name }) },
      element("b", {}, layer.name),
      " ",
      element("small", {}, layer.kind),
    );
    const head = element(
      "div",
      { class: "head" },
      layer.opens ? open : element("span", {}, element("b", {}, layer.name)),
      element("span", { class: "faint" }, layer.words),
      element("span", { class: "legend" }),
    );
    open.onclick = () => self.open(layer.name, null);
    row.append(head);
    root.append(row);
    if (!layer.shape) {
      row.classList.add("thin");
      return { row };
    }
    const canvas = element("canvas", {
      "data-layer": layer.name,
      role: "img",
      "aria-label": _("Output of {layer}", { layer: layer.name }),
    });
    row.append(canvas);
    const made = { row, canvas };
    canvas.onpointermove = canvas.onpointerdown = (event) => {
      const at = under(event, canvas, made.sheet),
        current = self.data.layers[index];
      canvas.style.cursor = at && current.opens ? "pointer" : "default";
      if (at) self.tip.show(event, words(current, at, made.values));
      else self.tip.hide();
    };
    canvas.onpointerleave = () => self.tip.hide();
    canvas.onclick = (event) => {
      const at = under(event, canvas, made.sheet);
      if (at && layer.opens) self.open(layer.name, unitOf(self.data.layers[index], at), at);
    };
    return made;
  });
}
// Which map or unit a picture shows, where only the strongest are shown.
const unitOf = (layer, at) => (layer.units ? layer.units[at.unit] : at.unit);
function words(layer, at, values) {
  const value = valueAt(layer.shape, values, at);
  if (layer.answer) return `${layer.answer[at.unit]}: ${percent(value)}`;
  const fields = {
    unit: unitOf(layer, at),
    row: at.row,
    column: at.column,
    value: numberText(value),
  };
  if (layer.shape.length === 1) return _("unit {unit}: {value}", fields);
  return layer.shape[2] > 1
    ? _("map {unit}, row {row}, column {column}: {value}", fields)
    : _("row {row}, column {column}: {value}", fields);
}
function draw(root, self) {
  const width = (self.width = root.clientWidth);
  if (!width) return;
  const { layers, common } = self.data;
  const limits = layers.map((layer) =>
    layer.shape ? Math.max(Math.abs(layer.low), Math.abs(layer.high)) : 0,
  );
  layers.forEach((layer, index) => {
    const made = self.rows[index];
    if (!layer.shape) return;
    made.values = fromLevels(layer);
    const limit = common && layer.name !== "pixels" ? Math.max(...limits.slice(1)) : limits[index];
    made.sheet = layout(layer.shape, width - 6);
    const pen = paint(made.canvas, made.sheet, made.values, limit);
    if (layer.answer) label(made, pen, layer);
    legend(
      made.row.querySelector(".legend"),
      Math.min(layer.low, 0),
      Math.max(layer.high, 0),
      limit,
    );
  });
  root.dataset.drawn = self.data.id + ":" + self.data.image;
}
function label(made, pen, layer) {
  // the digits' names on the answer's points
  pen.font = "12px sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  layer.answer.forEach((_name, unit) => {
    const [x, y] = made.sheet.corner(unit);
    pen.fillStyle = isBright(made.values[unit], Math.max(...made.values)) ? "#111" : "#fff";
    pen.fillText(unit < 10 ? unit : "–", x + made.sheet.wide / 2, y + made.sheet.high / 2);
  });
}
