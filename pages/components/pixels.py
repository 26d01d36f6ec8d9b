"""One image, large, with the value of the pixel that is pointed at in the forms networks take."""

import base64

import numpy as np
import streamlit as st
from numpy.typing import NDArray

_HTML = """<div class="pixels"><canvas tabindex="0" role="img"></canvas>
<div class="said" role="status" aria-live="polite"></div></div>"""
_CSS = """
.pixels{width:100%;max-width:26.25rem;color:var(--st-text-color);font-family:var(--st-font)}
canvas{display:block;width:100%;aspect-ratio:1;background:#000;border-radius:.3rem;cursor:crosshair;
 touch-action:pan-y;image-rendering:pixelated}
canvas:focus-visible{outline:2px solid #3b82f6;outline-offset:2px}
.said{display:grid;grid-template-columns:auto 1fr;gap:.1rem .9rem;margin-top:.6rem;
 font-size:.875rem;line-height:1.45;min-height:10.2em;align-content:start;
 font-variant-numeric:tabular-nums}
.said b{font-weight:600}
.said code{font-family:var(--st-code-font),monospace;font-size:.8125rem}
.said .all{grid-column:1/-1}
"""
_JS = """
const SIDE = 28, FINE = 20;  // canvas pixels for one of the image's
export default function({data, parentElement}) {
  const place = parentElement.querySelector('.pixels');
  const self = place.self ??= make(place);
  self.pixels = Uint8Array.from(atob(data.pixels), char => char.charCodeAt(0));
  self.canvas.setAttribute('aria-label', data.title + ' Arrow keys move over its pixels.');
  self.draw();
}
function make(place) {
  const canvas = place.querySelector('canvas'), said = place.querySelector('.said');
  const self = {canvas, pixels: null, at: 14 * SIDE + 14};
  canvas.width = canvas.height = SIDE * FINE;
  const pen = canvas.getContext('2d');
  self.draw = () => {
    self.pixels.forEach((value, index) => {
      pen.fillStyle = `rgb(${value},${value},${value})`;
      pen.fillRect(index % SIDE * FINE, Math.floor(index / SIDE) * FINE, FINE, FINE);
    });
    const row = Math.floor(self.at / SIDE), column = self.at % SIDE, value = self.pixels[self.at];
    pen.strokeStyle = '#f59e0b'; pen.lineWidth = 3;
    pen.strokeRect(column * FINE + 1.5, row * FINE + 1.5, FINE - 3, FINE - 3);
    const line = (name, text) => `<span>${name}</span><span>${text}</span>`;
    said.innerHTML = '<span class="all">Point at a pixel, or tap one:</span>'
      + line('Row, column', `<b>${row}, ${column}</b>`)
      + line('Value', `<b>${value}</b> of 255`)
      + line('Scaled', `<b>${(value / 255).toFixed(4)}</b> = ${value} / 255`)
      + line('28x28', `<code>image[${row}, ${column}]</code>`)
      + line('784', `<code>flat[${self.at}]</code> (28 · ${row} + ${column})`)
      + line('28x28x1', `<code>channel[${row}, ${column}, 0]</code>`);
  };
  const point = event => {
    const box = canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / box.width * SIDE);
    const row = Math.floor((event.clientY - box.top) / box.height * SIDE);
    if (column < 0 || row < 0 || column >= SIDE || row >= SIDE) return;
    if (self.at !== row * SIDE + column) { self.at = row * SIDE + column; self.draw(); }
  };
  canvas.onpointermove = canvas.onpointerdown = point;
  canvas.onkeydown = event => {
    const [down, right] = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0],
      ArrowDown: [1, 0]}[event.key] ?? [0, 0];
    if (!down && !right) return;
    const at = self.at, limit = place => Math.min(SIDE - 1, Math.max(0, place));
    self.at = limit(Math.floor(at / SIDE) + down) * SIDE + limit(at % SIDE + right);
    self.draw();
    event.preventDefault(); event.stopPropagation();
  };
  return self;
}
"""
_PIXELS = st.components.v2.component("image_pixels", html=_HTML, css=_CSS, js=_JS)


def pixels(image: NDArray[np.uint8], title: str, key: str) -> None:
    """An image `(28, 28)` uint8, whose pixels can be pointed at; the place stays for the next."""
    content = base64.b64encode(np.ascontiguousarray(image).tobytes()).decode("ascii")
    _PIXELS(key=key, data={"pixels": content, "title": title})
