// Answers messages in a worker; a page without workers calls `answer` itself.
import { Network } from "./engine.js";
import { prepareDrawing } from "./drawing.js";

let loadedNetwork = null;

/**
 * Loads a network, or recognizes a drawing with it.
 * @param {{network: ArrayBuffer} | {alpha: ArrayLike<number>, width: number, height: number}} message
 * @returns {object} what is known of the network; or what `prepareDrawing` gives and
 *   the answer as `Network.recognize` gives it.
 */
export function answer(message) {
  if (message.network) {
    loadedNetwork = new Network(message.network);
    return { about: loadedNetwork.about };
  }
  const drawing = prepareDrawing(message.alpha, message.width, message.height);
  const recognition = drawing.reason
    ? { digit: null, probabilities: Array(10).fill(0), nondigit: 0 }
    : loadedNetwork.recognize(drawing.normalized);
  return { ...drawing, ...recognition };
}
