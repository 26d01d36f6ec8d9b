// Runs a trained network on typed arrays. The file it reads is described in docs/browser.md.
import { Sums } from "./sums.js";

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

// 1.2e-7 at most off (W. H. Press et al., "Numerical Recipes", erfc by Chebyshev fitting).
const ERFC = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
  -0.82215223, 0.17087277,
];
function erf(x) {
  const t = 1 / (1 + Math.abs(x) / 2);
  const exponent = ERFC.reduceRight((sum, coefficient) => sum * t + coefficient, 0) - x * x;
  const tail = t * Math.exp(exponent);
  return x < 0 ? tail - 1 : 1 - tail;
}

const elu = (x, alpha = 1) => (x > 0 ? x : alpha * Math.expm1(x));

// Keras's activation functions of one number; the formulas are those of https://keras.io/api.
const ACTIVATIONS = {
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  elu: (x) => elu(x),
  selu: (x) => SELU_SCALE * elu(x, SELU_ALPHA),
  gelu: (x) => (x * (1 + erf(x / Math.SQRT2))) / 2,
  silu: (x) => x / (1 + Math.exp(-x)),
  leaky_relu: (x) => (x > 0 ? x : 0.2 * x),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
};

const product = (shape) => shape.reduce((size, side) => size * side, 1);
const pair = (value) => (typeof value === "number" ? [value, value] : value);

function softmax(values, classes) {
  for (let start = 0; start < values.length; start += classes) {
    const row = values.subarray(start, start + classes);
    const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    let sum = 0;
    for (let i = 0; i < classes; i++) sum += row[i] = Math.exp(row[i] - largest);
    for (let i = 0; i < classes; i++) row[i] /= sum;
  }
}

/** Applies an activation function to an array in place; softmax is taken along the last axis. */
function activate(values, name, shape) {
  if (name === "linear") return;
  if (name === "softmax") {
    softmax(values, shape.at(-1));
    return;
  }
  if (name === "relu") {
    for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] = 0;
    return;
  }
  const activation = ACTIVATIONS[name];
  for (let i = 0; i < values.length; i++) values[i] = activation(values[i]);
}

/** Positions of a sliding window along one axis, as TensorFlow has them. */
function slide(size, extent, stride, padding) {
  if (padding !== "same") return { count: Math.floor((size - extent) / stride) + 1, before: 0 };
  const count = Math.ceil(size / stride);
  return { count, before: Math.max((count - 1) * stride + extent - size, 0) >> 1 };
}

function convolution({ settings, weights }, [height, width, channels], sums) {
  const [rows, columns, depth, filters] = weights.kernel.shape;
  const [strideDown, strideAcross] = pair(settings.strides);
  const [dilationDown, dilationAcross] = pair(settings.dilation_rate);
  const down = slide(height, (rows - 1) * dilationDown + 1, strideDown, settings.padding);
  const across = slide(width, (columns - 1) * dilationAcross + 1, strideAcross, settings.padding);
  const groups = channels / depth;
  const perGroup = filters / groups;
  const shape = [down.count, across.count, filters];
  const inputs = rows * columns * depth;
  const layer = sums.add(weights.kernel, weights.bias?.values, inputs, product(shape));

  const collect = (input, top, left, group) => {
    for (let row = 0; row < rows; row++) {
      const y = top + row * dilationDown;
      if (y < 0 || y >= height) continue;
      for (let column = 0; column < columns; column++) {
        const x = left + column * dilationAcross;
        if (x < 0 || x >= width) continue;
        const from = (y * width + x) * channels + group * depth;
        sums.collect(input, from, depth, (row * columns + column) * depth, layer.stride);
      }
    }
  };
  const run = (input) => {
    for (let y = 0, at = 0; y < down.count; y++) {
      for (let x = 0; x < across.count; x++) {
        for (let group = 0; group < groups; group++, at += perGroup) {
          collect(input, y * strideDown - down.before, x * strideAcross - across.before, group);
          layer.compute(group * perGroup, perGroup, at);
        }
      }
    }
    activate(layer.output, settings.activation, shape);
    return layer.output;
  };
  return { shape, run };
}

function pooling({ kind, settings }, [height, width, channels]) {
  const [rows, columns] = pair(settings.pool_size);
  const [strideDown, strideAcross] = pair(settings.strides ?? settings.pool_size);
  const down = slide(height, rows, strideDown, settings.padding);
  const across = slide(width, columns, strideAcross, settings.padding);
  const shape = [down.count, across.count, channels];
  const output = new Float32Array(product(shape));
  const isMax = kind === "MaxPooling2D";
  // Of the windows at one position, all channels are beside each other in the input.
  const pool = (input, at, [firstY, lastY], [firstX, lastX]) => {
    output.fill(isMax ? -Infinity : 0, at, at + channels);
    for (let y = firstY; y < lastY; y++) {
      for (let x = firstX; x < lastX; x++) {
        const from = (y * width + x) * channels;
        for (let channel = 0; channel < channels; channel++) {
          const value = input[from + channel];
          if (!isMax) output[at + channel] += value;
          else if (value > output[at + channel]) output[at + channel] = value;
        }
      }
    }
    const size = (lastY - firstY) * (lastX - firstX); // padding isn't averaged
    if (!isMax) for (let i = at; i < at + channels; i++) output[i] /= size;
  };
  const run = (input) => {
    for (let y = 0, at = 0; y < down.count; y++) {
      const top = y * strideDown - down.before;
      for (let x = 0; x < across.count; x++, at += channels) {
        const left = x * strideAcross - across.before;
        const vertical = [Math.max(top, 0), Math.min(top + rows, height)];
        const horizontal = [Math.max(left, 0), Math.min(left + columns, width)];
        pool(input, at, vertical, horizontal);
      }
    }
    return output;
  };
  return { shape, run };
}

function globalPooling({ kind, settings }, [height, width, channels]) {
  const largest = kind === "GlobalMaxPooling2D";
  const output = new Float32Array(channels);
  const run = (input) => {
    output.fill(largest ? -Infinity : 0);
    for (let i = 0; i < input.length; i++) {
      const channel = i % channels;
      if (!largest) output[channel] += input[i];
      else if (input[i] > output[channel]) output[channel] = input[i];
    }
    if (!largest) for (let i = 0; i < channels; i++) output[i] /= height * width;
    return output;
  };
  return { shape: settings.keepdims ? [1, 1, channels] : [channels], run };
}

function dense({ settings, weights }, inputShape, sums) {
  const [inputs, units] = weights.kernel.shape;
  const shape = [...inputShape.slice(0, -1), units];
  const layer = sums.add(weights.kernel, weights.bias?.values, inputs, product(shape));
  const run = (input) => {
    for (let from = 0, at = 0; from < input.length; from += inputs, at += units) {
      sums.collect(input, from, inputs, 0, layer.stride);
      layer.compute(0, units, at);
    }
    activate(layer.output, settings.activation, shape);
    return layer.output;
  };
  return { shape, run };
}

function normalization({ settings, weights }, shape) {
  const mean = weights.moving_mean.values;
  const variance = weights.moving_variance.values;
  const factor = Float64Array.from(
    variance,
    (value, i) => (weights.gamma?.values[i] ?? 1) / Math.sqrt(value + settings.epsilon),
  );
  const offset = factor.map((value, i) => (weights.beta?.values[i] ?? 0) - mean[i] * value);
  const output = new Float32Array(product(shape));
  const run = (input) => {
    for (let i = 0; i < output.length;) {
      for (let channel = 0; channel < factor.length; channel++, i++) {
        output[i] = input[i] * factor[channel] + offset[channel];
      }
    }
    return output;
  };
  return { shape, run };
}

function elementwise(shape, compute) {
  const output = new Float32Array(product(shape));
  const run = (input) => {
    for (let i = 0; i < output.length; i++) output[i] = compute(input[i], i);
    return output;
  };
  return { shape, run };
}

function relu({ max_value: limit, negative_slope: slope, threshold }, shape) {
  const top = limit ?? Infinity;
  return elementwise(shape, (x) => (x >= threshold ? Math.min(x, top) : slope * (x - threshold)));
}

function prelu({ weights }, shape) {
  const alpha = weights.alpha;
  // `shared_axes` have the size 1 in alpha: its index has a stride of 0 along them.
  let size = 1;
  const strides = alpha.shape.map(() => 0);
  for (let axis = strides.length - 1; axis >= 0; axis--) {
    strides[axis] = alpha.shape[axis] === 1 ? 0 : size;
    size *= alpha.shape[axis];
  }
  const slope = (i) => {
    let index = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index += (i % shape[axis]) * strides[axis];
      i = Math.floor(i / shape[axis]);
    }
    return alpha.values[index];
  };
  return elementwise(shape, (x, i) => (x > 0 ? x : slope(i) * x));
}

function permute({ settings }, inputShape) {
  const axes = settings.dims.map((axis) => axis - 1);
  const shape = axes.map((axis) => inputShape[axis]);
  const inputStrides = inputShape.map((_, axis) => product(inputShape.slice(axis + 1)));
  const output = new Float32Array(product(shape));
  const run = (input) => {
    for (let i = 0; i < output.length; i++) {
      let rest = i;
      let from = 0;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        from += (rest % shape[axis]) * inputStrides[axes[axis]];
        rest = Math.floor(rest / shape[axis]);
      }
      output[i] = input[from];
    }
    return output;
  };
  return { shape, run };
}

const reshaped = (shape) => ({ shape, run: (input) => input });

function reshape({ settings }, inputShape) {
  const known = product(settings.target_shape.filter((side) => side > 0));
  return reshaped(
    settings.target_shape.map((side) => (side > 0 ? side : product(inputShape) / known)),
  );
}

function activationLayer({ settings }, shape) {
  const output = new Float32Array(product(shape));
  const run = (input) => {
    output.set(input);
    activate(output, settings.activation, shape);
    return output;
  };
  return { shape, run };
}

const unchanged = (_, shape) => reshaped(shape);

// Each gives the shape of a layer's output, and a function that computes it.
const KINDS = {
  Conv2D: convolution,
  MaxPooling2D: pooling,
  AveragePooling2D: pooling,
  GlobalMaxPooling2D: globalPooling,
  GlobalAveragePooling2D: globalPooling,
  Dense: dense,
  BatchNormalization: normalization,
  Activation: activationLayer,
  ReLU: ({ settings }, shape) => relu(settings, shape),
  LeakyReLU: ({ settings }, shape) =>
    elementwise(shape, (x) => (x > 0 ? x : settings.negative_slope * x)),
  ELU: ({ settings }, shape) => elementwise(shape, (x) => elu(x, settings.alpha)),
  PReLU: prelu,
  Rescaling: ({ settings }, shape) =>
    elementwise(shape, (x) => x * settings.scale + settings.offset),
  Flatten: (_, shape) => reshaped([product(shape)]),
  Reshape: reshape,
  Permute: permute,
  Identity: unchanged,
  Dropout: unchanged,
  SpatialDropout2D: unchanged,
  GaussianNoise: unchanged,
  GaussianDropout: unchanged,
  AlphaDropout: unchanged,
};

function readTensor(content, start, { shape, data_offsets: [from, to] }) {
  return { shape, values: new Float32Array(content.slice(start + from, start + to)) };
}

/** A network of which every layer's output can be computed. */
export class Network {
  /** @param {ArrayBuffer} content of a file as `mnist_core.models.browser_weights` writes it. */
  constructor(content) {
    const length = Number(new DataView(content).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 8, length)));
    /** What is known of the network: name, accuracy, temperature ... */
    const { network, layers } = header["__metadata__"];
    this.about = JSON.parse(network);
    const sums = new Sums();
    let shape = [28, 28];
    this.layers = JSON.parse(layers).map((layer) => {
      const weights = Object.fromEntries(
        layer.weights.map((name) => [
          name,
          readTensor(content, 8 + length, header[`${layer.name}/${name}`]),
        ]),
      );
      const { name, kind, settings } = layer;
      const built = KINDS[kind]({ kind, settings, weights }, shape, sums);
      shape = built.shape;
      return { name, kind, shape, run: built.run, output: null };
    });
    sums.allocate();
  }

  /**
   * The network's own probabilities: of ten classes and, where it knows it, of "not a digit".
   * @param {ArrayLike<number>} pixels 784 numbers, 0 paper to 255 ink, row by row.
   * @returns {Float32Array} valid until the next call.
   */
  predict(pixels) {
    let values = Float32Array.from(pixels);
    for (const layer of this.layers) values = layer.output = layer.run(values);
    return values;
  }

  /**
   * The answer to one image, as `mnist_core.Recognizer` gives it.
   * @returns {{digit: number | null, probabilities: number[], nondigit: number}} calibrated
   *   probabilities of the ten classes, given that the image shows one of them.
   */
  recognize(pixels) {
    const output = this.predict(pixels);
    const logits = Array.from(output.subarray(0, 10), (p) => Math.log(Math.max(p, 1e-30)));
    const largest = Math.max(...logits);
    const powers = logits.map((logit) => Math.exp((logit - largest) / this.about.temperature));
    const sum = powers.reduce((a, b) => a + b);
    const probabilities = powers.map((power) => power / sum);
    const nondigit = output.length > 10 ? output[10] : 0;
    const digit = probabilities.indexOf(Math.max(...probabilities));
    return { digit: nondigit < this.about.refused ? digit : null, probabilities, nondigit };
  }
}
