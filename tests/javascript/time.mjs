// node time.mjs NETWORK IMAGES: prints the milliseconds of each image's answer.
import { readFileSync } from "node:fs";
import process from "node:process";
import { Network } from "../../mnist_core/models/browser/engine.js";

const [networkPath, imagesPath] = process.argv.slice(2);
const file = readFileSync(networkPath);
const network = new Network(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
const images = readFileSync(imagesPath);
const times = [];
for (let start = 0; start < images.length; start += 784) {
  const began = performance.now();
  network.predict(images.subarray(start, start + 784));
  times.push(performance.now() - began);
}
console.log(JSON.stringify(times));
