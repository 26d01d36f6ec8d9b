// Answers messages in a worker; a page without workers calls `answer` itself.
import { Network } from "./engine.js";
import { prepareDrawing } from "./drawing.js";

let loadedNetwork = null;

/**
 * Loads a network, or recognizes a drawing with it.
 * @param {{network: ArrayBuffer} | {data: Uint8ClampedArray, width: number, height: number}} message
 *   a network's file, or a drawing's pixels as an ImageData has them: what is opaque is ink.
 * @returns {object} what is known of the network; or what `prepareDrawing` gives and
 *   the answer as `Network.recognize` gives it.
 */
export function answer(message) {
  if (message.network) {
    loadedNetwork = new Network(message.network);
    return { about: loadedNetwork.about };
  }
  const { data, width, height } = message;
  const alpha = new Uint8Array(width * height);
  for (let i = 0; i < alpha.length; i++) alpha[i] = data[4 * i + 3];
  const drawing = prepareDrawing(alpha, width, height);
  const recognition = drawing.reason
    ? { digit: null, probabilities: Array(10).fill(0), nondigit: 0 }
    : loadedNetwork.recognize(drawing.normalized);
  return { ...drawing, ...recognition };
}
