"""A window that slides over numbers, on the page: its input, its kernel and its output.

All numbers come from `mnist_core.inside.sandbox`; this draws them, plays the steps, and sends back
what a person writes into the cells.
"""

import math
from collections.abc import Callable
from typing import Any

import streamlit as st
from numpy.typing import ArrayLike

from mnist_core.inside.sandbox import Slide, format_number

LARGEST = 99  # of a number that is written into a cell
_HTML = """<div class="slide"><div class="boards"></div>
<p class="sum" role="status" aria-live="polite"></p>
<div class="controls">
<button class="back" aria-label="One step back" title="One step back">◀</button>
<button class="play"></button>
<button class="next" aria-label="One step on" title="One step on">▶</button>
<input class="place" type="range" min="0" aria-label="Step"><span class="count"></span>
</div></div>"""
_CSS = """
.slide{container-type:inline-size;color:var(--st-text-color);font-family:var(--st-font)}
.boards{display:flex;flex-wrap:wrap;gap:1rem 2.25rem;align-items:flex-start}
figure{margin:0}
figcaption{font-size:.875rem;margin-bottom:.3rem;opacity:.8}
/* All boards in a row if their cells need not be tiny for that, else below each other. */
.boards{--least:1.4rem;--row:calc((100cqw - 5.5rem)/var(--all))}
@container (max-width:600px){.boards{--least:2.1rem}}
.cells{--cell:min(2.6rem,100cqw/var(--n),max(var(--least),var(--row)));display:grid;
 grid-template-columns:repeat(var(--n),var(--cell));width:max-content;
 font-size:clamp(.6rem,calc(var(--cell)*.38),1rem);font-variant-numeric:tabular-nums}
.cell{position:relative;height:var(--cell);display:grid;place-items:center;box-sizing:border-box;
 border:1px solid color-mix(in srgb,currentColor 22%,transparent);margin:0 -1px -1px 0;
 background:color-mix(in srgb,var(--tint,transparent) var(--share,0%),transparent)}
.cell.pad{border-style:dashed;color:color-mix(in srgb,currentColor 55%,transparent)}
.cell input{width:100%;height:100%;border:0;padding:0;margin:0;background:none;color:inherit;
 font:inherit;text-align:center;box-sizing:border-box}
.cell input:focus{outline:2px solid #3b82f6;outline-offset:-2px}
.cell small{position:absolute;right:2px;bottom:0;font-size:.68em;line-height:1.1;
 color:var(--weight);pointer-events:none}
.slide{--weight:#b45309}
.slide.dark{--weight:#fbbf24}
.cell.in{box-shadow:inset 0 0 0 2px #f59e0b;z-index:1}
.cell.now{box-shadow:inset 0 0 0 2px #f59e0b;z-index:1;font-weight:600}
.output .cell{cursor:pointer}
.output .cell.later{opacity:.28}
.sum{min-height:4.2em;margin:.8rem 0 .5rem;line-height:1.4;overflow-wrap:anywhere;
 font-variant-numeric:tabular-nums}
.sum b{font-weight:600}
.controls{display:flex;align-items:center;gap:.5rem}
button{min-width:2.5rem;height:2.5rem;padding:0 .7rem;border-radius:.5rem;cursor:pointer;
 color:inherit;font:inherit;font-size:.9rem;background:none;
 border:1px solid color-mix(in srgb,currentColor 25%,transparent)}
button:hover,button:focus-visible{border-color:#3b82f6;outline:none}
button:disabled{opacity:.4;cursor:default}
.play{min-width:5rem}
.place{flex:1 1 4rem;min-width:3rem;max-width:22rem;accent-color:#3b82f6}
.count{font-size:.875rem;opacity:.8;white-space:nowrap;font-variant-numeric:tabular-nums}
"""
_JS = """
const PAUSE = 900;  // milliseconds for each step
export default function({data, parentElement, setTriggerValue}) {
  const root = parentElement.querySelector('.slide');
  const self = root.self ??= make(root);
  self.send = numbers => setTriggerValue('edited', numbers);
  self.show(data);
  return () => self.pause();
}
function make(root) {
  const find = name => root.querySelector(name);
  const self = {at: 0, timer: null};
  const element = (kind, name, text) => {
    const made = document.createElement(kind);
    made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  // How strong a number is against the largest of its board: blue above 0, orange below.
  const tint = (cell, value, most) => {
    cell.style.setProperty('--tint', value < 0 ? '#f97316' : '#3b82f6');
    cell.style.setProperty('--share', (most ? 45 * Math.abs(value) / most : 0) + '%');
  };
  const board = (name, title, size) => {
    const figure = element('figure', name);
    const cells = element('div', 'cells');
    cells.style.setProperty('--n', size);
    figure.append(element('figcaption', '', title), cells);
    find('.boards').append(figure);
    return cells;
  };
  const field = (name, values, row, column) => {
    const cell = element('span', 'cell'), input = element('input', '');
    input.inputMode = 'decimal';
    input.value = values[row][column];
    input.setAttribute('aria-label', `${name}, row ${row + 1}, column ${column + 1}`);
    input.readOnly = self.data.fixed;
    input.onfocus = () => input.select();
    input.onchange = () => {
      const number = Number(input.value.trim().replace(',', '.') || NaN);
      const LARGEST = self.data.largest;
      if (Number.isFinite(number)) {
        values[row][column] = Math.max(-LARGEST, Math.min(LARGEST, number));
        self.send({version: self.data.version, input: self.input, kernel: self.kernel});
      }
      input.value = values[row][column];
      colors();
    };
    cell.append(input, element('small', ''));
    return cell;
  };
  const colors = () => {
    for (const [cells, values] of [[self.inputs, self.input], [self.kernels, self.kernel]]) {
      if (!cells) continue;
      const most = Math.max(...values.flat().map(Math.abs));
      values.forEach((row, r) => row.forEach((value, c) => tint(cells[r][c], value, most)));
    }
  };
  const build = data => {
    find('.boards').replaceChildren();
    self.input = data.input.map(row => [...row]);
    self.kernel = data.kernel && data.kernel.map(row => [...row]);
    const n = data.input.length, p = data.padding, whole = n + 2 * p;
    find('.boards').style.setProperty('--all',
      whole + (data.kernel ? data.kernel.length : 0) + data.output.length);
    const framed = p ? `, padding ${p}: ${whole} x ${whole}` : '';
    const input = board('input', `Input ${n} x ${n}${framed}`, whole);
    self.all = [];
    self.inputs = self.input.map(() => []);
    for (let row = 0; row < whole; row++) {
      self.all.push([]);
      for (let column = 0; column < whole; column++) {
        const r = row - p, c = column - p, inside = r >= 0 && c >= 0 && r < n && c < n;
        const cell = inside ? field('Input', self.input, r, c) : element('span', 'cell pad', '0');
        if (inside) self.inputs[r].push(cell); else cell.append(element('small', ''));
        input.append(cell);
        self.all[row].push(cell);
      }
    }
    self.kernels = null;
    if (self.kernel) {
      const k = self.kernel.length, cells = board('kernel', `Kernel ${k} x ${k}`, k);
      self.kernels = self.kernel.map((row, r) => row.map((_, c) => {
        const cell = field('Kernel', self.kernel, r, c);
        cells.append(cell);
        return cell;
      }));
    }
    const m = data.output.length, output = board('output', `Output ${m} x ${m}`, m);
    self.outputs = data.steps.map((_, index) => {
      const cell = element('span', 'cell');
      cell.onpointerenter = cell.onclick = () => { self.pause(); self.go(index); };
      output.append(cell);
      return cell;
    });
  };
  self.show = data => {
    const shape = [data.version, data.input.length, data.padding, data.window,
      data.output.length].join();
    const before = self.data;
    self.data = data;
    if (self.shape !== shape) {
      self.shape = shape;
      build(data);
      if (before) { self.pause(); self.at = 0; }
    }
    const luminance = getComputedStyle(root).color.match(/[\\d.]+/g).slice(0, 3)
      .reduce((sum, part) => sum + Number(part), 0);
    root.classList.toggle('dark', luminance > 384);  // light text: a dark page
    colors();
    const values = data.output.flat(), most = Math.max(...values.map(Math.abs));
    self.outputs.forEach((cell, index) => {
      cell.textContent = data.texts[index];
      tint(cell, values[index], most);
    });
    find('.place').max = self.outputs.length - 1;
    find('.place').disabled = find('.play').disabled = self.outputs.length === 1;
    self.go(Math.min(self.at, self.outputs.length - 1));
  };
  self.go = index => {
    self.at = index;
    const {window, steps} = self.data, [top, left, text] = steps[index];
    self.all.forEach((row, r) => row.forEach((cell, c) => {
      const a = r - top, b = c - left, inside = a >= 0 && b >= 0 && a < window && b < window;
      cell.classList.toggle('in', inside);
      cell.querySelector('small').textContent =
        inside && self.data.kernel ? '×' + self.data.weights[a][b] : '';
    }));
    self.outputs.forEach((cell, place) => {
      cell.classList.toggle('now', place === index);
      cell.classList.toggle('later', place > index);
    });
    const side = self.data.output.length;
    const where = element('b', '', `Row ${Math.floor(index / side) + 1}, column ` +
      `${index % side + 1}: `);
    find('.sum').replaceChildren(where, text);
    find('.place').value = index;
    find('.count').textContent = `${index + 1} of ${steps.length}`;
    find('.back').disabled = index === 0;
    find('.next').disabled = index === steps.length - 1;
  };
  const label = () => {
    find('.play').textContent = self.timer ? 'Pause' : 'Play';
    find('.sum').setAttribute('aria-live', self.timer ? 'off' : 'polite');
  };
  self.pause = () => { clearInterval(self.timer); self.timer = null; label(); };
  find('.play').onclick = () => {
    if (self.timer) return self.pause();
    if (self.at === self.outputs.length - 1) self.go(0);
    self.timer = setInterval(() => {
      if (self.at < self.outputs.length - 1) self.go(self.at + 1);
      if (self.at === self.outputs.length - 1) self.pause();
    }, PAUSE);
    label();
  };
  find('.back').onclick = () => { self.pause(); self.go(Math.max(self.at - 1, 0)); };
  find('.next').onclick = () => {
    self.pause(); self.go(Math.min(self.at + 1, self.outputs.length - 1));
  };
  find('.place').oninput = event => { self.pause(); self.go(Number(event.target.value)); };
  label();
  return self;
}
"""
_SLIDING = st.components.v2.component("sliding_window", html=_HTML, css=_CSS, js=_JS)
Grid = list[list[float]]


def sliding(
    slide: Slide,
    image: ArrayLike,
    kernel: ArrayLike | None,
    *,
    key: str,
    version: str,
    on_edit: Callable[[Grid, Grid | None], None] | None,
) -> None:
    """A window's way over its input, step by step, with numbers that can be changed.

    Args:
        image, kernel: what is shown in the cells; no kernel for a pooling.
        version: another one makes the cells take these numbers; with the same, they keep what
            a person has written into them.
        on_edit: called with all numbers of both when one was changed; None: they can't be.
    """
    shown = _numbers(image)
    weights = _numbers(kernel) if kernel is not None else None

    def edited() -> None:
        said = st.session_state[key].edited
        if said and said.get("version") == version:
            grids = _checked(said.get("input"), shown), _checked(said.get("kernel"), weights)
            if grids[0] and on_edit:
                on_edit(grids[0], grids[1])

    data: dict[str, Any] = {
        "version": version,
        "fixed": on_edit is None,
        "largest": LARGEST,
        "input": shown,
        "kernel": weights,
        "weights": [[format_number(value) for value in row] for row in weights or []],
        "padding": slide.padding,
        "window": slide.window,
        "output": slide.output.tolist(),
        "texts": [format_number(step.value) for step in slide.steps],
        "steps": [[step.top, step.left, step.arithmetic] for step in slide.steps],
    }
    _SLIDING(key=key, data=data, on_edited_change=edited)


def _numbers(values: ArrayLike) -> Grid:
    """As the cells show them: short."""
    import numpy as np

    return [[round(float(value), 2) for value in row] for row in np.asarray(values)]


def _checked(said: object, shown: Grid | None) -> Grid | None:
    """What a browser sent, if it is numbers in the shape of what it was shown."""
    if shown is None or not isinstance(said, list) or len(said) != len(shown):
        return None
    for row in said:
        if not isinstance(row, list) or len(row) != len(shown):
            return None
        if not all(isinstance(n, int | float) and math.isfinite(n) for n in row):
            return None
    return [[max(-LARGEST, min(LARGEST, float(n))) for n in row] for row in said]
