import { _, setTexts } from "../components/texts.js";
import {
  element,
  floats,
  largestMagnitude,
  isBright,
  layout,
  legend,
  paint,
  rgb,
  shortNumber,
  tip,
  numberText,
  under,
  valueAt,
  withElements,
} from "./maps.js";

// One layer for one image: all it gives, one map or unit large, and how one number comes about.
export default function ({ data, parentElement, setTriggerValue }) {
  setTexts(data.texts);
  const root = parentElement.querySelector(".inside");
  const self = (root.self ??= make(root));
  labelParts(root);
  self.choose = ({ unit, row, column }) => setTriggerValue("chosen", { unit, row, column });
  const other = !self.data || self.data.id !== data.id;
  self.data = data;
  self.before = floats(data.before);
  self.after = floats(data.after);
  self.kernel = floats(data.kernel);
  self.sums = floats(data.sums);
  if (other) {
    self.at = data.pixel && { row: data.pixel[0], column: data.pixel[1] };
    self.pointed = self.isHeld = Boolean(data.pixel);
    self.source = null;
  }
  // Where it was pointed at, also while the digit is being drawn; else what is lit most.
  if (!self.pointed) self.at = brightest(self);
  self.draw();
  return () => self.watch.disconnect();
}
const AMBER = "#f59e0b",
  SKY = "#38bdf8";
const BIG = 264;

// The parts whose words never change but with the language.
function labelParts(root) {
  const texts = {
    ".output small": _("Point at a pixel. Click to keep it, and again to let it go."),
    ".sheet .head span span": _("All outputs."),
    ".sheet .head small": _("Click to choose."),
    ".inputs .head span span": _("All input maps."),
    ".inputs .head small": _("Click to see its part."),
  };
  for (const [part, text] of Object.entries(texts)) root.querySelector(part).textContent = text;
  root
    .querySelector(".output canvas")
    .setAttribute(
      "aria-label",
      _("The output of the layer. Point at a pixel, or use the arrow keys."),
    );
}

function make(root) {
  const part = (name) => root.querySelector(name);
  const self = {
    root,
    tip: tip(root),
    sheet: part(".sheet canvas"),
    input: part(".input canvas"),
    output: part(".output canvas"),
    inputs: part(".inputs canvas"),
    explanation: part(".explanation"),
  };
  self.draw = () => draw(self);
  self.move = (at) => {
    Object.assign(self, { at, pointed: true, source: null });
    self.draw();
  };
  watchPointer(
    self,
    self.sheet,
    () => self.sheets.sheet,
    (at) => outputWords(self.data, at, numberText(valueAt(self.data.shape, self.after, at))),
    (at) => {
      if (at.unit !== self.data.unit) self.choose(at);
      else self.hold(at);
    },
  );
  const isHere = (at) => at.row === self.at.row && at.column === self.at.column;
  // A click keeps a pixel, so that the pointer can leave it for the arithmetic below.
  self.hold = (at) => {
    self.isHeld = !(self.isHeld && isHere(at));
    self.move(at);
  };
  self.output.onpointermove = (event) => {
    const at = under(event, self.output, self.sheets.output);
    if (at && !self.isHeld && !isHere(at)) self.move(at);
  };
  self.output.onclick = (event) => {
    const at = under(event, self.output, self.sheets.output);
    if (at) self.hold(at);
  };
  self.output.onkeydown = (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const by = step[event.key];
    if (!by) return;
    const [rows, columns] = self.data.shape;
    const row = self.at.row + by[0],
      column = self.at.column + by[1];
    if (row >= 0 && row < rows && column >= 0 && column < columns) self.move({ row, column });
    event.preventDefault();
    event.stopPropagation();
  };
  watchPointer(
    self,
    self.inputs,
    () => self.sheets.inputs,
    (at) => placeWords(self.data.reads, at, numberText(valueAt(self.data.reads, self.before, at))),
    (at) => {
      if (self.data.rule === "conv") {
        self.source = at.unit;
        self.draw();
      }
    },
  );
  watchPointer(
    self,
    self.input,
    () => self.sheets.input,
    (at) =>
      _("row {row}, column {column}: {value}", {
        row: at.row,
        column: at.column,
        value: numberText(valueAt(self.data.reads, self.before, { ...at, unit: self.inputMap })),
      }),
    () => {},
  );
  self.watch = new ResizeObserver(() => {
    if (root.clientWidth && root.clientWidth !== self.width) self.draw();
  });
  self.watch.observe(root);
  return self;
}
function watchPointer(self, canvas, sheet, words, click) {
  canvas.onpointermove = canvas.onpointerdown = (event) => {
    const at = sheet() && under(event, canvas, sheet());
    if (at) self.tip.show(event, words(at));
    else self.tip.hide();
  };
  canvas.onpointerleave = () => self.tip.hide();
  canvas.onclick = (event) => {
    const at = sheet() && under(event, canvas, sheet());
    if (at) click(at);
  };
}
const isMaps = (shape) => shape.length === 3;
const nameOf = (data, unit) => (data.names ? data.names[unit] : _("unit {unit}", { unit }));
const placeWords = (shape, at, value) =>
  isMaps(shape)
    ? _("map {unit}, row {row}, column {column}: {value}", { ...at, value })
    : _("input {unit}: {value}", { ...at, value });
const outputWords = (data, at, value) =>
  isMaps(data.shape)
    ? placeWords(data.shape, at, value)
    : data.names
      ? `${data.names[at.unit]}: ${value}`
      : _("unit {unit}: {value}", { ...at, value });

function brightest({ data, after }) {
  if (!isMaps(data.shape)) return { row: 0, column: 0 };
  const [rows, columns, maps] = data.shape;
  let best = 0,
    most = -1;
  for (let at = 0; at < rows * columns; at++) {
    const value = Math.abs(after[at * maps + data.unit]);
    if (value > most) {
      most = value;
      best = at;
    }
  }
  return { row: Math.floor(best / columns), column: best % columns };
}

function draw(self) {
  const { data, root } = self,
    width = (self.width = root.clientWidth);
  if (!width) return;
  const limit = largestMagnitude(self.after),
    before = largestMagnitude(self.before);
  self.sheets = { sheet: layout(data.shape, width - 6) };
  const pen = paint(self.sheet, self.sheets.sheet, self.after, limit, [[data.unit, AMBER]]);
  if (data.names) answer(self, pen, limit);
  let low = 0,
    high = 0;
  for (const value of self.after) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  legend(root.querySelector(".sheet .legend"), low, high, limit);
  const maps = isMaps(data.shape),
    fromMaps = isMaps(data.reads);
  const explanation = EXPLANATIONS[data.rule](self);
  const box = windowOf(self);
  const show = (name, visible) => {
    root.querySelector(name).hidden = !visible;
  };
  show(".large", maps && fromMaps && data.rule !== "other");
  if (maps && fromMaps) {
    const side = Math.min(BIG, (width - 40) / 2); // beside each other, also on a phone
    self.inputMap =
      data.rule === "conv"
        ? data.first + sourceMap(self)
        : data.reads[2] === data.shape[2]
          ? data.unit
          : 0;
    paintOne(self, "input", data.reads, self.before, self.inputMap, side, before);
    paintOne(self, "output", data.shape, self.after, data.unit, side, limit);
    frame(self.input, self.sheets.input, box, SKY);
    frame(self.output, self.sheets.output, { ...self.at, rows: 1, columns: 1 }, SKY);
    root.querySelector(".input .name").textContent =
      data.reads[2] > 1
        ? _("Input: map {unit}, from {layer}", { unit: self.inputMap, layer: data.before_name })
        : _("Input, from {layer}", { layer: data.before_name });
    root.querySelector(".output .name").textContent = _("Output: map {unit}", { unit: data.unit });
  }
  const many = fromMaps && data.rule === "conv" && data.reads[2] > 1;
  show(".inputs", many);
  if (many) {
    self.sheets.inputs = layout(data.reads, width - 6);
    paint(self.inputs, self.sheets.inputs, self.before, before, [[self.inputMap, SKY]]);
  }
  self.explanation.replaceChildren(...explanation);
  Object.assign(root.dataset, {
    layer: data.name,
    unit: data.unit,
    image: data.image,
    row: self.at.row,
    column: self.at.column,
  });
}
function answer({ data, after, sheets }, pen, limit) {
  pen.font = "12px sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  data.names.forEach((name, unit) => {
    const [x, y] = sheets.sheet.corner(unit);
    pen.fillStyle = isBright(after[unit], limit) ? "#111" : "#fff";
    pen.fillText(unit < 10 ? unit : "–", x + sheets.sheet.wide / 2, y + sheets.sheet.high / 2);
  });
}
function paintOne(self, name, shape, values, unit, side, limit) {
  // a single map, large
  const [rows, columns, maps] = shape,
    own = new Float32Array(rows * columns);
  for (let at = 0; at < own.length; at++) own[at] = values[at * maps + unit];
  self.sheets[name] = layout([rows, columns, 1], side, side);
  paint(self[name], self.sheets[name], own, limit);
}
// What of the input the number comes from: the window's corner and reach, in the input's pixels.
function windowOf({ data, at }) {
  if (data.rule === "global pool") {
    return { row: 0, column: 0, rows: data.reads[0], columns: data.reads[1] };
  }
  const [[wh, ww], [sh, sw], [dh, dw], [ph, pw]] = [
    data.window,
    data.strides,
    data.dilation,
    data.padding,
  ];
  return {
    row: at.row * sh - ph,
    column: at.column * sw - pw,
    rows: (wh - 1) * dh + 1,
    columns: (ww - 1) * dw + 1,
  };
}
function frame(canvas, sheet, box, color) {
  const pen = canvas.getContext("2d"),
    [rows, columns] = sheet.shape;
  const [y, x] = [sheet.high / rows, sheet.wide / columns];
  for (const [shade, thick] of [
    ["#000", 4],
    [color, 2],
  ]) {
    pen.strokeStyle = shade;
    pen.lineWidth = thick;
    pen.strokeRect(box.column * x, box.row * y, box.columns * x, box.rows * y);
  }
}

// --- the arithmetic -----------------------------------------------------------------------

// A convolution's input under the window, from one of the maps that it reads; 0 outside.
function patch({ data, before, at }, map) {
  const [rows, columns, maps] = data.reads,
    [wh, ww] = data.window,
    values = [];
  const corner = windowOf({ data, at });
  for (let i = 0; i < wh; i++) {
    for (let j = 0; j < ww; j++) {
      const [y, x] = [corner.row + i * data.dilation[0], corner.column + j * data.dilation[1]];
      const inside = y >= 0 && y < rows && x >= 0 && x < columns;
      values.push(inside ? before[(y * columns + x) * maps + map] : null);
    }
  }
  return values;
}
const weightsOf = ({ data, kernel }, map) => {
  const maps = kernel.length / (data.window[0] * data.window[1]);
  return Array.from(
    { length: data.window[0] * data.window[1] },
    (_value, at) => kernel[at * maps + map],
  );
};
function shares(self) {
  // what each map that it reads adds to the sum
  const maps = self.kernel.length / (self.data.window[0] * self.data.window[1]);
  return Array.from({ length: maps }, (_value, map) => {
    const inputs = patch(self, self.data.first + map),
      weights = weightsOf(self, map);
    return inputs.reduce((sum, value, at) => sum + (value ?? 0) * weights[at], 0);
  });
}
function sourceMap(self) {
  const last = self.kernel.length / (self.data.window[0] * self.data.window[1]) - 1;
  if (self.source !== null) return Math.max(0, Math.min(self.source - self.data.first, last));
  const all = shares(self).map(Math.abs);
  return all.indexOf(Math.max(...all));
}
function numbers(values, columns, title, limit, strong = () => false) {
  const table = element("table", { class: "numbers" });
  for (let start = 0; start < values.length; start += columns) {
    const row = element("tr");
    values.slice(start, start + columns).forEach((value, index) => {
      const cell = element(
        "td",
        { title: value === null ? _("outside of the picture") : numberText(value) },
        value === null ? "·" : shortNumber(value),
      );
      cell.style.background = rgb(value ?? 0, limit);
      cell.style.color = isBright(value ?? 0, limit) ? "#111" : "#fff";
      if (strong(value, start + index)) cell.className = "strong";
      row.append(cell);
    });
    table.append(row);
  }
  return element("figure", {}, table, element("figcaption", {}, title));
}
const sign = (text) => element("span", { class: "sign" }, text);
const line = (...parts) => element("p", {}, ...parts);
const bold = (value, name) => element("b", name ? { "data-number": name } : {}, numberText(value));
const signed = (value) => (value < 0 ? " − " : " + ") + numberText(Math.abs(value));

// The number before the bend, and the network's own after it.
function sumAt({ data, sums, at }) {
  return isMaps(data.shape) ? sums[at.row * data.shape[1] + at.column] : sums[data.unit];
}
function ownAt({ data, after, at }) {
  return valueAt(data.shape, after, { ...at, unit: data.unit });
}
// A sum of products, and with the bias.
const withBias = (self, sum) =>
  element(
    "span",
    {},
    bold(sum, "sum"),
    ...(self.data.has_bias
      ? withElements(_("{bias} (bias) = {total}", { bias: signed(self.data.bias) }), {
          total: bold(sumAt(self)),
        })
      : []),
  );
function heading(self) {
  const { data, at } = self;
  const fields = { row: at.row, column: at.column, unit: data.unit, name: "" };
  let message = _("Unit {unit} is {value}", fields);
  if (isMaps(data.shape)) {
    message = _("Row {row}, column {column} of map {unit} is {value}", fields);
  } else if (data.names) {
    const name = nameOf(data, data.unit);
    message = _("{name} is {value}", { name: name[0].toUpperCase() + name.slice(1) });
  }
  return element("h4", {}, ...withElements(message, { value: bold(ownAt(self), "output") }));
}
function bent(self) {
  const { data } = self;
  if (data.activation === "softmax") return softmax(self);
  if (!data.activation) return [line(_("There is no activation: this is the output."))];
  return [
    line(
      `${data.activation}(`,
      bold(sumAt(self)),
      ") = ",
      bold(ownAt(self)),
      " ",
      element("small", {}, data.activation_words),
    ),
  ];
}
function softmax({ data, sums, after }) {
  const most = Math.max(...sums),
    powers = Array.from(sums, (sum) => Math.exp(sum - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  const table = element(
    "table",
    { class: "softmax" },
    element(
      "tr",
      {},
      ...["", _("sum z"), _("e to the power of z − largest z"), _("its share")].map((head) =>
        element("th", {}, head),
      ),
    ),
  );
  powers.forEach((power, unit) => {
    const row = element(
      "tr",
      {},
      ...[
        nameOf(data, unit),
        numberText(sums[unit]),
        numberText(power),
        (100 * after[unit]).toFixed(2) + "%",
      ].map((cell) => element("td", {}, cell)),
    );
    if (unit === data.unit) row.className = "strong";
    table.append(row);
  });
  table.append(
    element(
      "tr",
      {},
      ...[_("together"), "", numberText(total), "100%"].map((cell) => element("th", {}, cell)),
    ),
  );
  return [
    line(
      ...withElements(
        _(
          "{softmax} turns the sums into shares: e to the power of each, divided by all of them together. The largest sum is taken off first, which changes no share and keeps the numbers small: {power} / {total} = {share}.",
        ),
        {
          softmax: element("b", {}, "softmax"),
          power: bold(powers[data.unit]),
          total: bold(total),
          share: bold(after[data.unit]),
        },
      ),
    ),
    element("div", { class: "wide" }, table),
  ];
}
const EXPLANATIONS = {
  conv(self) {
    const { data } = self,
      map = sourceMap(self),
      all = shares(self),
      columns = data.window[1];
    const inputs = patch(self, data.first + map),
      weights = weightsOf(self, map);
    const products = inputs.map((value, at) => (value === null ? null : value * weights[at]));
    const parts = [
      heading(self),
      element(
        "div",
        { class: "grids" },
        numbers(
          inputs,
          columns,
          data.reads[2] > 1 ? _("input (map {unit})", { unit: data.first + map }) : _("input"),
          largestMagnitude(self.before),
        ),
        sign("×"),
        numbers(weights, columns, _("kernel: its weights"), largestMagnitude(self.kernel)),
        sign("="),
        numbers(
          products,
          columns,
          _("products"),
          largestMagnitude(products.map((value) => value ?? 0)),
        ),
      ),
    ];
    if (inputs.includes(null)) {
      parts.push(line(element("small", {}, _("· lies outside of the picture and counts as 0."))));
    }
    if (all.length > 1) {
      const order = all
        .map((_share, at) => at)
        .toSorted((a, b) => Math.abs(all[b]) - Math.abs(all[a]));
      const few = order.slice(0, 6),
        rest = order.slice(6).reduce((sum, at) => sum + all[at], 0);
      const buttons = few.map((at) => {
        const button = element(
          "button",
          { type: "button", class: at === map ? "strong" : "" },
          _("map {unit}: {value}", { unit: data.first + at, value: numberText(all[at]) }),
        );
        button.onclick = () => {
          self.source = data.first + at;
          self.draw();
        };
        return button;
      });
      parts.push(
        line(
          ...withElements(
            _(
              "These products add up to {sum}. The same for each of the {count} input maps; the largest:",
              { count: all.length },
            ),
            { sum: bold(all[map]) },
          ),
        ),
        element(
          "p",
          { class: "chips" },
          ...buttons,
          all.length > 6
            ? _("the other {count}: {value}", { count: all.length - 6, value: numberText(rest) })
            : "",
        ),
      );
    }
    const sum = sumAt(self) - data.bias;
    parts.push(
      line(
        ...withElements(
          all.length > 1 ? _("All together: {sum}.") : _("The products add up to {sum}."),
          {
            sum: withBias(self, sum),
          },
        ),
      ),
      ...bent(self),
    );
    return parts;
  },
  dense(self) {
    const { data, before, kernel } = self;
    const products = before.map((value, at) => value * kernel[at]);
    const order = Array.from(products.keys())
      .toSorted((a, b) => Math.abs(products[b]) - Math.abs(products[a]))
      .slice(0, 5);
    const product = (at) =>
      `${numberText(before[at])} × ${numberText(kernel[at])} = ${numberText(products[at])}`;
    const largest = order.map((at) =>
      _("{product} (input {unit})", { product: product(at), unit: at }),
    );
    const shape = data.source,
      width = Math.min(self.width - 12, self.width > 620 ? (self.width - 60) / 3 : self.width);
    const picture = (values, name, title) => {
      const canvas = element("canvas"),
        sheet = layout(
          shape,
          width,
          isMaps(shape) && shape[2] === 1 ? Math.min(width, 196) : shape[2] > 40 ? 20 : 30,
        );
      canvas.dataset.of = name;
      paint(canvas, sheet, values, largestMagnitude(values));
      canvas.onpointermove = canvas.onpointerdown = (event) => {
        const at = under(event, canvas, sheet);
        if (!at) {
          self.tip.hide();
          return;
        }
        const index = isMaps(shape)
          ? (at.row * shape[1] + at.column) * shape[2] + at.unit
          : at.unit;
        self.tip.show(event, _("input {unit}: {value}", { unit: index, value: product(index) }));
      };
      canvas.onpointerleave = () => self.tip.hide();
      return element("figure", {}, canvas, element("figcaption", {}, title));
    };
    const sum = sumAt(self) - data.bias;
    return [
      heading(self),
      element(
        "div",
        { class: "grids" },
        picture(before, "inputs", _("its inputs")),
        sign("×"),
        picture(kernel, "weights", _("its weights")),
        sign("="),
        picture(products, "products", _("products")),
      ),
      line(
        element(
          "small",
          {},
          isMaps(shape)
            ? _(
                "Point at one to read its numbers. The inputs are arranged as the picture that they come from.",
              )
            : _("Point at one to read its numbers."),
        ),
      ),
      line(_("The largest products: {list}.", { list: largest.join(", ") })),
      line(
        ...withElements(_("All {count} products add up to {sum}.", { count: products.length }), {
          sum: withBias(self, sum),
        }),
      ),
      ...bent(self),
    ];
  },
  pool(self) {
    const { data } = self,
      inputs = patch(self, data.unit),
      own = ownAt(self);
    const there = inputs.filter((value) => value !== null);
    const first = inputs.indexOf(Math.max(...there)),
      count = { count: there.length };
    return [
      heading(self),
      element(
        "div",
        { class: "grids" },
        numbers(
          inputs,
          data.window[1],
          _("{size} pixels of its input", { size: `${data.window[0]} x ${data.window[1]}` }),
          largestMagnitude(self.before),
          (value, at) => data.largest && at === first,
        ),
      ),
      line(
        ...withElements(
          data.largest
            ? _("The largest of these {count} numbers is kept: {value}.", count)
            : _("The mean of these {count} numbers: {value}.", count),
          { value: bold(own) },
        ),
        " ",
        element(
          "small",
          {},
          _(
            "The picture gets smaller: {before} becomes {after}, and a small shift of the digit changes little.",
            {
              before: `${data.reads[0]} x ${data.reads[1]}`,
              after: `${data.shape[0]} x ${data.shape[1]}`,
            },
          ),
        ),
      ),
    ];
  },
  "global pool"(self) {
    const { data } = self,
      fields = { count: data.reads[0] * data.reads[1], unit: data.unit };
    return [
      heading(self),
      line(
        data.largest
          ? _(
              "The largest of the {count} numbers of map {unit}. Of each map one number is left.",
              fields,
            )
          : _(
              "The mean of the {count} numbers of map {unit}. Of each map one number is left.",
              fields,
            ),
      ),
    ];
  },
  norm(self) {
    const { data } = self,
      n = data.numbers;
    const x = inputAt(self),
      scale = Math.sqrt(n.variance + n.epsilon);
    return [
      heading(self),
      line(
        "(",
        bold(x),
        `${signed(-n.mean)}) / √(${numberText(n.variance)} + ` +
          `${numberText(n.epsilon)}) × ${numberText(n.gamma)}${signed(n.beta)} = `,
        bold(ownAt(self)),
      ),
      line(
        element(
          "small",
          {},
          _(
            "The input, less the mean of map {unit} in training ({mean}), divided by how widely it was spread ({spread}), then times a learned scale ({scale}) plus a learned shift ({shift}).",
            {
              unit: data.unit,
              mean: numberText(n.mean),
              spread: numberText(scale),
              scale: numberText(n.gamma),
              shift: numberText(n.beta),
            },
          ),
        ),
      ),
    ];
  },
  activation(self) {
    return [heading(self), ...bent(self)];
  },
  scale(self) {
    const { scale, offset } = self.data.numbers,
      whole = Math.round(1 / scale);
    const by = Math.abs(1 / scale - whole) < 1e-6 ? `/ ${whole}` : `× ${numberText(scale)}`;
    return [
      heading(self),
      line(
        bold(inputAt(self)),
        ` ${by}${offset ? signed(offset) : ""} = `,
        bold(ownAt(self)),
        " ",
        element("small", {}, _("Networks learn best from small numbers.")),
      ),
    ];
  },
  flatten(self) {
    const { data } = self,
      [, columns, maps] = isMaps(data.reads) ? data.reads : [1, 1, 1];
    const position = Math.floor(data.unit / maps);
    const fields = {
      row: Math.floor(position / columns),
      column: position % columns,
      unit: data.unit % maps,
    };
    return [
      heading(self),
      line(
        maps > 1
          ? _(
              "It is row {row}, column {column} of map {unit} of what it gets. Nothing is calculated: the picture is laid out as one long row of numbers, for the dense layers.",
              fields,
            )
          : _(
              "It is row {row}, column {column} of what it gets. Nothing is calculated: the picture is laid out as one long row of numbers, for the dense layers.",
              fields,
            ),
      ),
    ];
  },
  same(self) {
    const { data } = self,
      rate = data.numbers.rate;
    if (rate === undefined) {
      return [
        heading(self),
        line(_("The same numbers as before, in another shape or as they are.")),
      ];
    }
    return [
      heading(self),
      line(_("Outside of training, it passes its input on.")),
      line(
        _(
          "In training it set {percent}% of the numbers to 0, others each time, and multiplied the rest by 1 / (1 − {rate}) = {factor}, so that their sum stays about the same. The network can't rely on any single number then.",
          {
            percent: numberText(100 * rate),
            rate: numberText(rate),
            factor: numberText(1 / (1 - rate)),
          },
        ),
      ),
    ];
  },
  other(self) {
    return [
      heading(self),
      line(
        _(
          "These are the network's own numbers. How a layer of this kind calculates them is told in Keras's own documentation.",
        ),
      ),
    ];
  },
};
function inputAt({ data, before, at }) {
  return isMaps(data.reads)
    ? valueAt(data.reads, before, { ...at, unit: data.unit })
    : before[data.unit];
}
