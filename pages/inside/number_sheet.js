import { _, setTexts } from "../components/texts.js";
import {
  floats,
  largestMagnitude,
  layout,
  legend,
  paint,
  tip,
  numberText,
  under,
  valueAt,
} from "./maps.js";

// Numbers as pictures, with each to be pointed at.
export default function ({ data, parentElement }) {
  setTexts(data.texts);
  const root = parentElement.querySelector(".inside"),
    canvas = root.querySelector(".sheet canvas");
  const self = (root.self ??= { tip: tip(root) });
  self.data = data;
  self.values = floats(data.values);
  const draw = () => {
    self.width = root.clientWidth;
    if (!self.width) return;
    const limit = largestMagnitude(self.values);
    self.sheet = layout(self.data.shape, self.width - 6, self.data.side);
    paint(
      canvas,
      self.sheet,
      self.values,
      limit,
      self.data.chosen === null ? [] : [[self.data.chosen, "#f59e0b"]],
    );
    let low = 0,
      high = 0;
    for (const value of self.values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    legend(root.querySelector(".legend"), low, high, limit);
  };
  canvas.onpointermove = canvas.onpointerdown = (event) => {
    const at = under(event, canvas, self.sheet);
    if (!at) {
      self.tip.hide();
      return;
    }
    const { shape, kind } = self.data;
    const value = numberText(valueAt(shape, self.values, at));
    self.tip.show(event, words(shape, kind, { ...at, value }));
  };
  canvas.onpointerleave = () => self.tip.hide();
  draw();
  if (!self.watch) {
    self.watch = new ResizeObserver(() => {
      if (root.clientWidth && root.clientWidth !== self.width) draw();
    });
    self.watch.observe(root);
  }
  self.draw = draw;
  return () => self.watch.disconnect();
}
function words(shape, kind, fields) {
  if (shape.length === 1) return _("input {unit}: {value}", fields);
  if (shape.at(-1) === 1) return _("row {row}, column {column}: {value}", fields);
  if (kind === "input") return _("input {unit}, row {row}, column {column}: {value}", fields);
  if (kind === "kernel") return _("kernel {unit}, row {row}, column {column}: {value}", fields);
  return _("for map {unit}, row {row}, column {column}: {value}", fields);
}
