import { _, setTexts } from "./texts.js";

// A window that slides over numbers, step by step; the numbers can be changed.
const PAUSE = 900; // milliseconds for each step
export default function ({ data, parentElement, setTriggerValue }) {
  setTexts(data.texts);
  const root = parentElement.querySelector(".slide");
  const self = (root.self ??= make(root));
  self.send = (numbers) => setTriggerValue("edited", numbers);
  self.show(data);
  return () => self.pause();
}
function make(root) {
  const find = (name) => root.querySelector(name);
  const self = { at: 0, timer: null };
  const element = (kind, name, text) => {
    const made = document.createElement(kind);
    made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  // How strong a number is against the largest of its board: blue above 0, orange below.
  const tint = (cell, value, most) => {
    cell.style.setProperty("--tint", value < 0 ? "#f97316" : "#3b82f6");
    cell.style.setProperty("--share", (most ? (45 * Math.abs(value)) / most : 0) + "%");
  };
  const board = (name, title, size) => {
    const figure = element("figure", name);
    const cells = element("div", "cells");
    cells.style.setProperty("--n", size);
    figure.append(element("figcaption", "", title), cells);
    find(".boards").append(figure);
    return cells;
  };
  const field = (name, values, row, column) => {
    const cell = element("span", "cell"),
      input = element("input", "");
    input.inputMode = "decimal";
    input.value = values[row][column];
    input.setAttribute("aria-label", name(row + 1, column + 1));
    input.readOnly = self.data.fixed;
    input.onfocus = () => input.select();
    input.onchange = () => {
      const number = Number(input.value.trim().replace(",", ".") || NaN);
      const LARGEST = self.data.largest;
      if (Number.isFinite(number)) {
        values[row][column] = Math.max(-LARGEST, Math.min(LARGEST, number));
        self.send({ version: self.data.version, input: self.input, kernel: self.kernel });
      }
      input.value = values[row][column];
      colors();
    };
    cell.append(input, element("small", ""));
    return cell;
  };
  const colors = () => {
    for (const [cells, values] of [
      [self.inputs, self.input],
      [self.kernels, self.kernel],
    ]) {
      if (!cells) continue;
      const most = Math.max(...values.flat().map(Math.abs));
      values.forEach((row, r) => row.forEach((value, c) => tint(cells[r][c], value, most)));
    }
  };
  const build = (data) => {
    find(".boards").replaceChildren();
    self.input = data.input.map((row) => [...row]);
    self.kernel = data.kernel && data.kernel.map((row) => [...row]);
    const n = data.input.length,
      p = data.padding,
      whole = n + 2 * p;
    find(".boards").style.setProperty(
      "--all",
      whole + (data.kernel ? data.kernel.length : 0) + data.output.length,
    );
    const title = p
      ? _("Input {size}, padding {padding}: {padded}", {
          size: `${n} x ${n}`,
          padding: p,
          padded: `${whole} x ${whole}`,
        })
      : _("Input {size}", { size: `${n} x ${n}` });
    const input = board("input", title, whole);
    const inputCell = (row, column) => _("Input, row {row}, column {column}", { row, column });
    self.all = [];
    self.inputs = self.input.map(() => []);
    for (let row = 0; row < whole; row++) {
      self.all.push([]);
      for (let column = 0; column < whole; column++) {
        const r = row - p,
          c = column - p,
          inside = r >= 0 && c >= 0 && r < n && c < n;
        const cell = inside ? field(inputCell, self.input, r, c) : element("span", "cell pad", "0");
        if (inside) self.inputs[r].push(cell);
        else cell.append(element("small", ""));
        input.append(cell);
        self.all[row].push(cell);
      }
    }
    self.kernels = null;
    if (self.kernel) {
      const k = self.kernel.length,
        cells = board("kernel", _("Kernel {size}", { size: `${k} x ${k}` }), k);
      const kernelCell = (row, column) => _("Kernel, row {row}, column {column}", { row, column });
      self.kernels = self.kernel.map((row, r) =>
        row.map((_value, c) => {
          const cell = field(kernelCell, self.kernel, r, c);
          cells.append(cell);
          return cell;
        }),
      );
    }
    const m = data.output.length,
      output = board("output", _("Output {size}", { size: `${m} x ${m}` }), m);
    self.outputs = data.steps.map((_step, index) => {
      const cell = element("span", "cell");
      cell.onpointerenter = cell.onclick = () => {
        self.pause();
        self.go(index);
      };
      output.append(cell);
      return cell;
    });
  };
  self.show = (data) => {
    const shape = [
      data.language,
      data.version,
      data.input.length,
      data.padding,
      data.window,
      data.output.length,
    ].join();
    const before = self.data;
    self.data = data;
    if (self.shape !== shape) {
      self.shape = shape;
      build(data);
      if (before) {
        self.pause();
        self.at = 0;
      }
    }
    const luminance = getComputedStyle(root)
      .color.match(/[\d.]+/g)
      .slice(0, 3)
      .reduce((sum, part) => sum + Number(part), 0);
    root.classList.toggle("dark", luminance > 384); // light text: a dark page
    colors();
    const values = data.output.flat(),
      most = Math.max(...values.map(Math.abs));
    self.outputs.forEach((cell, index) => {
      cell.textContent = data.values[index];
      tint(cell, values[index], most);
    });
    name(find(".back"), _("One step back"));
    name(find(".next"), _("One step on"));
    find(".position").setAttribute("aria-label", _("Step"));
    label();
    find(".position").max = self.outputs.length - 1;
    find(".position").disabled = find(".play").disabled = self.outputs.length === 1;
    self.go(Math.min(self.at, self.outputs.length - 1));
  };
  self.go = (index) => {
    self.at = index;
    const { window, steps } = self.data,
      [top, left, text] = steps[index];
    self.all.forEach((row, r) =>
      row.forEach((cell, c) => {
        const a = r - top,
          b = c - left,
          inside = a >= 0 && b >= 0 && a < window && b < window;
        cell.classList.toggle("in", inside);
        cell.querySelector("small").textContent =
          inside && self.data.kernel ? "×" + self.data.weights[a][b] : "";
      }),
    );
    self.outputs.forEach((cell, other) => {
      cell.classList.toggle("now", other === index);
      cell.classList.toggle("later", other > index);
    });
    const side = self.data.output.length;
    const where = element(
      "b",
      "",
      _("Row {row}, column {column}:", {
        row: Math.floor(index / side) + 1,
        column: (index % side) + 1,
      }) + " ",
    );
    find(".sum").replaceChildren(where, text);
    find(".position").value = index;
    find(".count").textContent = _("{number} of {count}", {
      number: index + 1,
      count: steps.length,
    });
    find(".back").disabled = index === 0;
    find(".next").disabled = index === steps.length - 1;
  };
  const name = (button, text) => {
    button.title = text;
    button.setAttribute("aria-label", text);
  };
  const label = () => {
    find(".play").textContent = self.timer ? _("Pause") : _("Play");
    find(".sum").setAttribute("aria-live", self.timer ? "off" : "polite");
  };
  self.pause = () => {
    clearInterval(self.timer);
    self.timer = null;
    label();
  };
  find(".play").onclick = () => {
    if (self.timer) return self.pause();
    if (self.at === self.outputs.length - 1) self.go(0);
    self.timer = setInterval(() => {
      if (self.at < self.outputs.length - 1) self.go(self.at + 1);
      if (self.at === self.outputs.length - 1) self.pause();
    }, PAUSE);
    label();
  };
  find(".back").onclick = () => {
    self.pause();
    self.go(Math.max(self.at - 1, 0));
  };
  find(".next").onclick = () => {
    self.pause();
    self.go(Math.min(self.at + 1, self.outputs.length - 1));
  };
  find(".position").oninput = (event) => {
    self.pause();
    self.go(Number(event.target.value));
  };
  return self;
}
