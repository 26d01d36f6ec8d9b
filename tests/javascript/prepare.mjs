// node prepare.mjs DRAWINGS SIDE OUTPUT: square uint8 drawings -> uint8 images; prints the reasons.
import { Buffer } from "node:buffer";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { prepareDrawing } from "../../mnist_core/models/browser/drawing.js";

const [drawingsPath, sideText, outputPath] = process.argv.slice(2);
const drawings = readFileSync(drawingsPath);
const side = Number(sideText);
const [images, reasons] = [[], []];
for (let start = 0; start < drawings.length; start += side * side) {
  const drawing = drawings.subarray(start, start + side * side);
  const { normalized, reason } = prepareDrawing(drawing, side, side);
  images.push(normalized);
  reasons.push(reason);
}
writeFileSync(outputPath, Buffer.concat(images));
console.log(JSON.stringify(reasons));
