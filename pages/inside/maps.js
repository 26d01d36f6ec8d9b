// Numbers of a network as pictures: decoding, colours, sheets of maps and of units.
export const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
export const floats = (text) => new Float32Array(bytes(text).buffer);
export const fromLevels = ({ levels, low, high }) =>
  Float32Array.from(
    new Uint16Array(bytes(levels).buffer),
    (level) => low + (level / 65535) * (high - low),
  );

// Black is 0; above it orange to pale yellow, below it blue to pale blue.
export const STOPS = [
  [
    [9, 9, 12],
    [217, 119, 6],
    [254, 243, 199],
  ],
  [
    [9, 9, 12],
    [37, 99, 235],
    [191, 219, 254],
  ],
];
// Red, green, blue of 255 steps below 0, of 0, and of 255 above it.
export const TABLE = Uint8Array.from({ length: 3 * 511 }, (_, index) => {
  const step = Math.floor(index / 3) - 255,
    stops = STOPS[step < 0 ? 1 : 0];
  const part = (Math.abs(step) / 255) * 2,
    from = part < 1 ? 0 : 1,
    c = index % 3;
  return Math.round(stops[from][c] + (stops[from + 1][c] - stops[from][c]) * (part - from));
});
export function tableRow(value, limit) {
  if (!(limit > 0) || !Number.isFinite(value)) return 3 * 255;
  return 3 * (255 + Math.round(255 * Math.max(-1, Math.min(value / limit, 1))));
}
export const colour = (value, limit) => {
  const row = tableRow(value, limit);
  return [TABLE[row], TABLE[row + 1], TABLE[row + 2]];
};
export const rgb = (value, limit) => `rgb(${colour(value, limit).join(",")})`;
export const isBright = (value, limit) => {
  const [r, g, b] = colour(value, limit);
  return 0.299 * r + 0.587 * g + 0.114 * b > 140;
};
export const largestMagnitude = (values) =>
  values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

export const minus = (text) => text.replace("-", "\u2212");
// A probability as `mnist_core.models.recognition.percent` has it: never 0% or 100%.
export const percent = (share) =>
  share > 0 && share < 0.0005
    ? "< 0.1%"
    : share >= 0.9995
      ? "> 99.9%"
      : `${(100 * share).toFixed(1)}%`;
// A number to be read: five figures. In a small cell: what fits.
export const numberText = (value) =>
  minus(
    value === 0
      ? "0"
      : Math.abs(value) < 1e-4 || Math.abs(value) >= 1e6
        ? value.toExponential(2)
        : String(Number(value.toPrecision(5))),
  );
export const shortNumber = (value) =>
  minus(
    Math.abs(value) >= 99.95
      ? value.toFixed(0)
      : Math.abs(value) >= 9.995
        ? value.toFixed(1)
        : value === 0
          ? "0"
          : value.toFixed(2),
  );

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") made.className = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// A message whose {fields} are elements: what to append, in the order of the message's language.
export const withElements = (message, elements) =>
  message.split(/\{(\w+)\}/).map((part, place) => (place % 2 ? elements[part] : part));

// Where the pictures of a sheet are. `shape` is [height, width, maps] or [units].
export function layout(shape, width, big) {
  const [height, across] = shape.length === 3 ? shape : [1, 1],
    count = shape.at(-1);
  const longer = Math.max(height, across);
  let tile,
    gap = 3;
  if (shape.length === 1) {
    tile = count <= 16 ? 26 : count <= 160 ? 15 : 9;
    gap = count <= 160 ? 2 : 1;
  } else {
    const wanted = big || (count === 1 ? 112 : longer >= 20 ? 52 : longer >= 10 ? 38 : 26);
    tile = Math.max(1, Math.round(wanted / longer)) * longer;
    tile = Math.min(tile, width);
  }
  const wide = (tile * across) / longer,
    high = (tile * height) / longer;
  const columns = Math.max(1, Math.min(count, Math.floor((width + gap) / (wide + gap))));
  const rows = Math.ceil(count / columns);
  return {
    shape,
    count,
    wide,
    high,
    gap,
    columns,
    rows,
    units: shape.length === 1,
    width: columns * (wide + gap) - gap,
    height: rows * (high + gap) - gap,
    corner: (unit) => [(unit % columns) * (wide + gap), Math.floor(unit / columns) * (high + gap)],
  };
}

// Paint a sheet; `marks` are [unit, colour] to outline.
export function paint(canvas, sheet, values, limit, marks = []) {
  const ratio = window.devicePixelRatio || 1,
    edge = 3;
  canvas.width = Math.round((sheet.width + 2 * edge) * ratio);
  canvas.height = Math.round((sheet.height + 2 * edge) * ratio);
  canvas.style.width = sheet.width + 2 * edge + "px";
  canvas.style.height = sheet.height + 2 * edge + "px";
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.translate(edge, edge);
  pen.imageSmoothingEnabled = false;
  const { count, wide, high } = sheet;
  if (sheet.units) {
    for (let unit = 0; unit < count; unit++) {
      const [x, y] = sheet.corner(unit);
      pen.fillStyle = rgb(values[unit], limit);
      pen.strokeStyle = "rgba(128,128,128,.55)";
      pen.beginPath();
      pen.arc(x + wide / 2, y + high / 2, wide / 2, 0, 7);
      pen.fill();
      pen.stroke();
    }
  } else {
    const [rows, columns] = sheet.shape,
      small = new OffscreenCanvas(columns, rows);
    const brush = small.getContext("2d"),
      picture = brush.createImageData(columns, rows);
    for (let unit = 0; unit < count; unit++) {
      for (let at = 0; at < rows * columns; at++) {
        const row = tableRow(values[at * count + unit], limit),
          to = 4 * at;
        picture.data[to] = TABLE[row];
        picture.data[to + 1] = TABLE[row + 1];
        picture.data[to + 2] = TABLE[row + 2];
        picture.data[to + 3] = 255;
      }
      brush.putImageData(picture, 0, 0);
      pen.drawImage(small, ...sheet.corner(unit), wide, high);
    }
  }
  for (const [unit, color] of marks) {
    const [x, y] = sheet.corner(unit);
    pen.strokeStyle = color;
    pen.lineWidth = 2;
    pen.strokeRect(x - 1, y - 1, wide + 2, high + 2);
  }
  Object.assign(canvas.dataset, { wide, high, gap: sheet.gap, columns: sheet.columns, edge });
  return pen;
}

// What lies under the pointer: {unit, row, column}, or null between the pictures.
export function under(event, canvas, sheet) {
  const box = canvas.getBoundingClientRect(),
    edge = 3;
  const x = ((event.clientX - box.left) * (sheet.width + 2 * edge)) / box.width - edge;
  const y = ((event.clientY - box.top) * (sheet.height + 2 * edge)) / box.height - edge;
  const across = Math.floor(x / (sheet.wide + sheet.gap));
  const down = Math.floor(y / (sheet.high + sheet.gap));
  const [dx, dy] = [x - across * (sheet.wide + sheet.gap), y - down * (sheet.high + sheet.gap)];
  const unit = down * sheet.columns + across;
  if (
    x < 0 ||
    y < 0 ||
    dx >= sheet.wide ||
    dy >= sheet.high ||
    across >= sheet.columns ||
    unit >= sheet.count
  )
    return null;
  if (sheet.units) return { unit, row: 0, column: 0 };
  const [rows, columns] = sheet.shape;
  return {
    unit,
    row: Math.floor((dy / sheet.high) * rows),
    column: Math.floor((dx / sheet.wide) * columns),
  };
}
export const valueAt = (shape, values, { unit, row, column }) =>
  shape.length === 1 ? values[unit] : values[(row * shape[1] + column) * shape[2] + unit];

// A bar from the lowest to the highest colour, with its numbers.
export function legend(root, low, high, limit) {
  const canvas = element("canvas", { width: 120, height: 10 });
  const pen = canvas.getContext("2d");
  for (let x = 0; x < 120; x++) {
    pen.fillStyle = rgb(low + ((high - low) * x) / 119, limit);
    pen.fillRect(x, 0, 1, 10);
  }
  root.replaceChildren(
    element("span", {}, numberText(low)),
    canvas,
    element("span", {}, numberText(high)),
  );
}

// A small label beside the pointer.
export function tip(root) {
  const label = element("div", { class: "tip", role: "status" });
  label.hidden = true;
  root.append(label);
  return {
    show(event, text) {
      const box = root.getBoundingClientRect();
      label.hidden = false;
      label.textContent = text;
      const x = event.clientX - box.left + 14;
      label.style.left = Math.max(0, Math.min(x, box.width - label.offsetWidth)) + "px";
      label.style.top = event.clientY - box.top - label.offsetHeight - 8 + "px";
    },
    hide() {
      label.hidden = true;
    },
    text: () => (label.hidden ? "" : label.textContent),
  };
}
