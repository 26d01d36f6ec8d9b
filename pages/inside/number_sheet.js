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
    const { shape, name } = self.data;
    const position = shape.length === 1 ? "" : `row ${at.row}, column ${at.column}`;
    const of = shape.at(-1) === 1 ? "" : `${name} ${at.unit}`;
    self.tip.show(
      event,
      `${[of, position].filter(Boolean).join(", ")}: ` +
        numberText(valueAt(shape, self.values, at)),
    );
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
