// node predict.mjs IMAGES NETWORK...: uint8 images of 784 pixels -> float32 probabilities, which are
// written beside each network as NETWORK.output.
import { Buffer } from "node:buffer";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { Network } from "../../mnist_core/models/browser/engine.js";

const [imagesPath, ...networkPaths] = process.argv.slice(2);
const images = readFileSync(imagesPath);
for (const path of networkPaths) {
  const file = readFileSync(path);
  const network = new Network(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
  const rows = [];
  for (let start = 0; start < images.length; start += 784) {
    rows.push(Buffer.from(network.predict(images.subarray(start, start + 784)).slice().buffer));
  }
  writeFileSync(`${path}.output`, Buffer.concat(rows));
}
