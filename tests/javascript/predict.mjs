// node predict.mjs NETWORK IMAGES OUTPUT: uint8 images of 784 pixels -> float32 probabilities.
import { Buffer } from "node:buffer";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { Network } from "../../mnist_core/models/browser/engine.js";

const [networkPath, imagesPath, outputPath] = process.argv.slice(2);
const file = readFileSync(networkPath);
const network = new Network(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
const images = readFileSync(imagesPath);
const rows = [];
for (let start = 0; start < images.length; start += 784) {
  rows.push(Buffer.from(network.predict(images.subarray(start, start + 784)).slice().buffer));
}
writeFileSync(outputPath, Buffer.concat(rows));
