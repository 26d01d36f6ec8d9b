// From a drawing to 28x28 pixels, as mnist_core/drawing/normalize.py does it; see there for why.
const BOX = 20;
const SIDE = 28;
const FINE = 4 * BOX;
const THIN_PEN = 0.085;
const INK = 0.25 * 255;

/** Python's and NumPy's rounding: halves go to the even number. */
function round(x) {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

/** How much of each source pixel goes into each new one: Pillow's `Resampling.BOX`. */
function boxWeights(size, newSize) {
  const scale = size / newSize;
  const support = Math.max(scale, 1) / 2;
  return Array.from({ length: newSize }, (_, index) => {
    const center = (index + 0.5) * scale;
    const first = Math.max(Math.floor(center - support + 0.5), 0);
    const last = Math.min(Math.floor(center + support + 0.5), size);
    const weights = [];
    for (let x = first; x < last; x++) {
      const distance = (x - center + 0.5) / Math.max(scale, 1);
      weights.push(distance > -0.5 && distance <= 0.5 ? 1 : 0);
    }
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

// Of images of bytes, Pillow's weights are whole numbers of 2 ** -22, and so are these: a pixel whose
// average lies halfway between two grey levels becomes the same in both.
const UNIT = 2 ** 22;

function resizeAxis({ values, width, height }, newSize, horizontal, bytes) {
  const windows = boxWeights(horizontal ? width : height, newSize);
  if (bytes) {
    for (const window of windows) {
      window.weights = window.weights.map((weight) => Math.floor(weight * UNIT + 0.5));
    }
  }
  const [newWidth, newHeight] = horizontal ? [newSize, height] : [width, newSize];
  const result = new Float32Array(newWidth * newHeight);
  for (let y = 0, at = 0; y < newHeight; y++) {
    for (let x = 0; x < newWidth; x++, at++) {
      const { first, weights } = windows[horizontal ? x : y];
      let from = horizontal ? y * width + first : first * width + x;
      let sum = 0;
      for (let i = 0; i < weights.length; i++, from += horizontal ? 1 : width) {
        sum += values[from] * weights[i];
      }
      result[at] = bytes ? Math.floor(sum / UNIT + 0.5) : sum;
    }
  }
  return { values: result, width: newWidth, height: newHeight };
}

/** Scaled so that the longer side has that many pixels; `bytes`: whether they are whole numbers. */
function fit(image, longerSide, bytes) {
  const scale = longerSide / Math.max(image.width, image.height);
  const width = Math.max(1, round(image.width * scale));
  const height = Math.max(1, round(image.height * scale));
  // Pillow 13 resizes images more than twice as high as wide along the other axis first.
  const horizontal = image.height <= 2 * image.width;
  const first = resizeAxis(image, horizontal ? width : height, horizontal, bytes);
  return resizeAxis(first, horizontal ? height : width, !horizontal, bytes);
}

function inkBox(alpha, width, height) {
  let [left, top, right, bottom, pixels] = [width, height, 0, 0, 0];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (alpha[at] <= INK) continue;
      pixels++;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      bottom = y + 1;
    }
  }
  return pixels ? { left, top, right, bottom, pixels } : null;
}

/** Twice the area by the outline; the outline is the total variation. */
function penWidth({ values, width, height }) {
  const at = (x, y) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : values[y * width + x]);
  let [area, outline] = [0, 0];
  for (let y = -1; y <= height; y++) {
    for (let x = -1; x <= width; x++) {
      const value = at(x, y);
      area += value;
      outline += Math.hypot(at(x + 1, y) - value, at(x, y + 1) - value);
    }
  }
  return (2 * area) / Math.max(outline, 1e-6);
}

/** Each number becomes the largest of its 3x3 neighbourhood, and the image 2 pixels larger. */
function widen({ values, width, height }) {
  const [newWidth, newHeight] = [width + 2, height + 2];
  const result = new Float32Array(newWidth * newHeight);
  for (let y = 0; y < newHeight; y++) {
    for (let x = 0; x < newWidth; x++) {
      let largest = 0;
      for (let fromY = Math.max(y - 2, 0); fromY <= Math.min(y, height - 1); fromY++) {
        for (let fromX = Math.max(x - 2, 0); fromX <= Math.min(x, width - 1); fromX++) {
          largest = Math.max(largest, values[fromY * width + fromX]);
        }
      }
      result[y * newWidth + x] = largest;
    }
  }
  return { values: result, width: newWidth, height: newHeight };
}

function thicken(image) {
  const steps = round((THIN_PEN * FINE - penWidth(image)) / 2);
  let result = image;
  for (let step = 0; step < steps; step++) result = widen(result);
  return result;
}

function centerByMass({ values, width, height }) {
  let [mass, row, column] = [0, 0, 0];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      mass += values[at];
      row += values[at] * (y + 0.5);
      column += values[at] * (x + 0.5);
    }
  }
  const place = (position, size) =>
    Math.min(Math.max(round(SIDE / 2 + 0.5 - position / mass), 0), SIDE - size);
  const [top, left] = [place(row, height), place(column, width)];
  const framed = new Uint8Array(SIDE * SIDE);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) framed[(top + y) * SIDE + left + x] = values[y * width + x];
  }
  return framed;
}

/** Whether some paper in the box is enclosed by ink. */
function hasHole(alpha, canvasWidth, { left, top, right, bottom }) {
  const [width, height] = [right - left + 2, bottom - top + 2];
  const isInk = (x, y) =>
    x > 0 && y > 0 && x < width - 1 && y < height - 1
      ? alpha[(top + y - 1) * canvasWidth + left + x - 1] > INK
      : false;
  const outside = new Uint8Array(width * height);
  const waiting = [0];
  outside[0] = 1;
  while (waiting.length) {
    const at = waiting.pop();
    const [x, y] = [at % width, Math.floor(at / width)];
    for (const [nextX, nextY] of [
      [x - 1, y],
      [x + 1, y],
      [x, y - 1],
      [x, y + 1],
    ]) {
      if (nextX < 0 || nextY < 0 || nextX >= width || nextY >= height) continue;
      const next = nextY * width + nextX;
      if (outside[next] || isInk(nextX, nextY)) continue;
      outside[next] = 1;
      waiting.push(next);
    }
  }
  return outside.some((reached, at) => !reached && !isInk(at % width, Math.floor(at / width)));
}

function reasonAgainst(alpha, canvasWidth, canvasHeight, box) {
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  if (box.pixels > 0.5 * canvasWidth * canvasHeight) return "full";
  const ratio = width / height;
  const compact = box.pixels / (width * height) > 0.68 && 0.6 < ratio && ratio < 1 / 0.6;
  if (compact && !hasHole(alpha, canvasWidth, box)) return "dot";
  if (Math.max(width, height) < 0.03 * Math.max(canvasWidth, canvasHeight)) return "dot";
  return null;
}

/**
 * Every step from a drawing to what a network reads.
 * @param {ArrayLike<number>} alpha opacity of each pixel, 0 paper to 255 ink, row by row.
 * @returns {{normalized: Uint8Array, reason: string | null, box: object | null}} 784 numbers, 0
 *   paper to 255 ink; why this can't be a digit: "empty", "dot" or "full"; the ink's box.
 */
export function prepareDrawing(alpha, width, height) {
  const box = inkBox(alpha, width, height);
  if (!box) return { normalized: new Uint8Array(SIDE * SIDE), reason: "empty", box };
  const digit = {
    values: new Float32Array((box.right - box.left) * (box.bottom - box.top)),
    width: box.right - box.left,
    height: box.bottom - box.top,
  };
  for (let y = box.top, at = 0; y < box.bottom; y++) {
    for (let x = box.left; x < box.right; x++, at++) digit.values[at] = alpha[y * width + x] / 255;
  }
  const fine = fit(digit, FINE, false);
  const largest = fine.values.reduce((a, b) => Math.max(a, b), 0);
  fine.values = fine.values.map((value) => round(Math.fround(Math.fround(value / largest) * 255)));
  const normalized = centerByMass(fit(thicken(fine), BOX, true));
  return { normalized, reason: reasonAgainst(alpha, width, height, box), box };
}
