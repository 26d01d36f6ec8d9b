// The sums of products that convolutions and dense layers consist of, four at a time where the
// browser has WebAssembly's SIMD instructions, and one at a time elsewhere.
const BLOCK = 16; // sums that are kept in registers

// For each block of sums: they begin with the biases; each of the inputs, times its weights, is
// added; and they are stored. An input is a number and the place of its weights, 8 bytes together.
const CODE = `
loop
  local.get bias v128.load 0 local.set a
  local.get bias v128.load 16 local.set b
  local.get bias v128.load 32 local.set c
  local.get bias v128.load 48 local.set d
  i32.const 0 local.set input
  loop
    local.get input v128.load32_splat 0 local.set value
    local.get input i32.load 4 local.get kernel i32.add local.set weight
    local.get a local.get weight v128.load 0 local.get value f32x4.mul f32x4.add local.set a
    local.get b local.get weight v128.load 16 local.get value f32x4.mul f32x4.add local.set b
    local.get c local.get weight v128.load 32 local.get value f32x4.mul f32x4.add local.set c
    local.get d local.get weight v128.load 48 local.get value f32x4.mul f32x4.add local.set d
    local.get input i32.const 8 i32.add local.tee input
    local.get inputs_end i32.lt_u br_if 0
  end
  local.get output local.get a v128.store 0
  local.get output local.get b v128.store 16
  local.get output local.get c v128.store 32
  local.get output local.get d v128.store 48
  local.get kernel i32.const 64 i32.add local.set kernel
  local.get bias i32.const 64 i32.add local.set bias
  local.get output i32.const 64 i32.add local.tee output
  local.get output_end i32.lt_u br_if 0
end
end`;
const PARAMETERS = ["inputs_end", "kernel", "bias", "output", "output_end"];
const LOCALS = ["input", "weight", "value", "a", "b", "c", "d"]; // two of i32, five of v128
const NAMES = [...PARAMETERS, ...LOCALS];
// Of https://webassembly.github.io/spec/core/binary/instructions.html; a load's second byte is its
// alignment, and a loop gives no value.
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]; // "\0asm", version 1
const INSTRUCTIONS = {
  loop: [0x03, 0x40],
  end: [0x0b],
  br_if: [0x0d],
  "local.get": [0x20],
  "local.set": [0x21],
  "local.tee": [0x22],
  "i32.load": [0x28, 2],
  "i32.const": [0x41],
  "i32.lt_u": [0x49],
  "i32.add": [0x6a],
  "v128.load": [0xfd, 0x00, 4],
  "v128.load32_splat": [0xfd, 0x09, 2],
  "v128.store": [0xfd, 0x0b, 4],
  "f32x4.add": [0xfd, 0xe4, 0x01],
  "f32x4.mul": [0xfd, 0xe6, 0x01],
};

function assemble() {
  const number = (value) => {
    const bytes = [value & 0x7f];
    for (let rest = value >> 7; rest; rest >>= 7) {
      bytes[bytes.length - 1] |= 0x80;
      bytes.push(rest & 0x7f);
    }
    return bytes;
  };
  const vector = (items) => [...number(items.length), ...items.flat()];
  const section = (id, ...items) => {
    const content = vector(items);
    return [id, ...number(content.length), ...content];
  };
  const text = (letters) => vector([...letters].map((letter) => letter.charCodeAt(0)));
  const signed = (value) => (value < 64 ? [value] : [value | 0x80, 0]);
  const code = CODE.trim()
    .split(/\s+/)
    .flatMap((word, index, words) => {
      if (word in INSTRUCTIONS) return INSTRUCTIONS[word];
      if (words[index - 1] === "i32.const") return signed(Number(word));
      return NAMES.includes(word) ? NAMES.indexOf(word) : Number(word);
    });
  const [i32, v128] = [0x7f, 0x7b];
  const body = [
    ...vector([
      [2, i32],
      [5, v128],
    ]),
    ...code,
  ];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [0x60, ...vector(PARAMETERS.map(() => i32)), 0]), // a function's type
    ...section(2, [...text("js"), ...text("memory"), 2, 0, 0]), // import a memory
    ...section(3, [0]), // a function of that type
    ...section(7, [...text("sum"), 0, 0]), // export it
    ...section(10, [...number(body.length), ...body]),
  ]);
}

function compile() {
  try {
    return new WebAssembly.Module(assemble());
  } catch {
    return null; // an old browser, or one that is told not to
  }
}
const MODULE = compile();
const roundUp = (length) => Math.ceil(length / BLOCK) * BLOCK;

/** What `CODE` does, on a buffer; all five numbers count bytes. */
function sumInScript(buffer) {
  const numbers = new Float32Array(buffer);
  const places = new Int32Array(buffer);
  return (inputsEnd, kernel, bias, output, outputEnd) => {
    const end = inputsEnd >> 2;
    let offset = kernel >> 2;
    let from = bias >> 2;
    for (let at = output >> 2; at < outputEnd >> 2; at += 4, offset += 4, from += 4) {
      let [a, b, c, d] = [numbers[from], numbers[from + 1], numbers[from + 2], numbers[from + 3]];
      for (let i = 0; i < end; i += 2) {
        const value = numbers[i];
        const weight = (places[i + 1] >> 2) + offset;
        a += value * numbers[weight];
        b += value * numbers[weight + 1];
        c += value * numbers[weight + 2];
        d += value * numbers[weight + 3];
      }
      numbers[at] = a;
      numbers[at + 1] = b;
      numbers[at + 2] = c;
      numbers[at + 3] = d;
    }
  };
}

/**
 * The memory in which a network's sums are computed: the inputs of the sums that come next, then of
 * each layer its weights and its output.
 */
export class Sums {
  constructor() {
    this.size = 0; // inputs of the next sums
    this.mostInputs = 1;
    this.length = 0; // numbers of 4 bytes behind the inputs
    this.layers = [];
  }

  /**
   * Makes room for a layer.
   * @param {{shape: number[], values: Float32Array}} kernel a row of weights for each input.
   * @param {Float32Array | undefined} bias what each sum begins with; 0 without.
   * @param {number} inputs of one sum, at most.
   * @param {number} outputs numbers that the layer computes.
   */
  add(kernel, bias, inputs, outputs) {
    const layer = new LayerSums(this, kernel, bias, outputs);
    this.mostInputs = Math.max(this.mostInputs, inputs);
    this.length += layer.place(this.length);
    this.layers.push(layer);
    return layer;
  }

  /** Makes the memory, when all layers are known. */
  allocate() {
    const start = roundUp(2 * this.mostInputs);
    const bytes = 4 * (start + this.length);
    const memory = MODULE
      ? new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) })
      : { buffer: new ArrayBuffer(bytes) };
    this.compute = MODULE
      ? new WebAssembly.Instance(MODULE, { js: { memory } }).exports.sum
      : sumInScript(memory.buffer);
    this.numbers = new Float32Array(memory.buffer); // of input i at 2i
    this.places = new Int32Array(memory.buffer); // of its weights, in bytes, at 2i + 1
    for (const layer of this.layers.splice(0)) layer.fill(this.numbers, start);
  }

  /** Adds inputs to those of the next sums; 0 is left out. `row` is the first one's in the kernel. */
  collect(values, from, count, row, stride) {
    const { numbers, places } = this;
    let size = 2 * this.size;
    let place = row * stride;
    for (let i = from; i < from + count; i++, place += stride) {
      const value = values[i];
      numbers[size] = value;
      places[size + 1] = place;
      size += value === 0 ? 0 : 2;
    }
    this.size = size >> 1;
  }
}

/** The sums of one layer. */
class LayerSums {
  constructor(sums, kernel, bias, outputs) {
    this.sums = sums;
    this.columns = kernel.shape.at(-1);
    this.width = roundUp(this.columns);
    this.stride = 4 * this.width; // bytes of a row of weights
    this.kernel = kernel.values;
    this.bias = bias ?? new Float32Array(0);
    this.outputs = outputs;
  }

  /** Decides where everything is, in numbers of 4 bytes; returns how many that are. */
  place(start) {
    const rows = this.kernel.length / this.columns;
    this.weightsAt = start; // and a block behind each, as a block may begin at any column
    this.biasAt = this.weightsAt + rows * this.width + BLOCK;
    this.outputAt = this.biasAt + this.width + BLOCK;
    return this.outputAt + roundUp(this.outputs) + BLOCK - start;
  }

  fill(numbers, start) {
    this.weightsAt += start;
    this.biasAt += start;
    this.outputAt += start;
    const { kernel, columns } = this;
    for (
      let from = 0, at = this.weightsAt;
      from < kernel.length;
      from += columns, at += this.width
    ) {
      numbers.set(kernel.subarray(from, from + columns), at);
    }
    numbers.set(this.bias, this.biasAt);
    this.output = numbers.subarray(this.outputAt, this.outputAt + this.outputs);
    this.kernel = this.bias = null;
  }

  /** Sums of the collected inputs, of some of the columns; `output` gets them from `at` on. */
  compute(first, count, at) {
    const { sums } = this;
    if (sums.size === 0) sums.numbers[0] = sums.places[1] = 0; // one input at least
    const output = 4 * (this.outputAt + at);
    sums.compute(
      8 * Math.max(sums.size, 1),
      4 * (this.weightsAt + first),
      4 * (this.biasAt + first),
      output,
      output + 4 * count,
    );
    sums.size = 0;
  }
}
