// The exported page: a canvas, and the network's answer while the pen moves.
import { fillIn, textsFor } from "./texts.js";

const PEN_WIDTH = 26; // pixels of the canvas
const byId = (id) => document.getElementById(id);
const texts = textsFor(navigator.languages);
const percent = new Intl.NumberFormat(texts.tag, {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** A function that has a message answered, in a worker where there can be one. */
function startEngine() {
  const pending = []; // [message, resolve], the oldest first
  const answerHere = (message) => Promise.resolve(window.answer(message));
  let worker = null;
  try {
    const parts = [byId("engine").textContent, "onmessage = (e) => postMessage(answer(e.data));"];
    worker = new Worker(URL.createObjectURL(new Blob(parts, { type: "text/javascript" })));
  } catch {
    return answerHere;
  }
  worker.onmessage = ({ data }) => pending.shift()[1](data);
  worker.onerror = () => {
    worker = null;
    for (const [message, resolve] of pending.splice(0)) resolve(answerHere(message));
  };
  return (message) => {
    if (!worker) return answerHere(message);
    return new Promise((resolve) => {
      pending.push([message, resolve]);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
      worker.postMessage(message);
    });
  };
}

function readNetwork() {
  const text = atob(byId("network").textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes.buffer;
}

// --- the pad ---------------------------------------------------------------------------------

const pad = byId("pad");
const context = pad.getContext("2d", { willReadFrequently: true });
const strokes = [];

function paint() {
  context.clearRect(0, 0, pad.width, pad.height);
  context.strokeStyle = "#fff";
  context.lineWidth = PEN_WIDTH;
  context.lineCap = context.lineJoin = "round";
  for (const points of strokes) {
    context.beginPath();
    context.moveTo(...points[0]);
    for (const point of points) context.lineTo(...point);
    context.stroke();
  }
  byId("undo").disabled = byId("clear").disabled = strokes.length === 0;
  requestAnswer();
}

function pointOf(event) {
  const box = pad.getBoundingClientRect();
  return [
    ((event.clientX - box.left) / box.width) * pad.width,
    ((event.clientY - box.top) / box.height) * pad.height,
  ];
}

let drawingPointer = null;
pad.onpointerdown = (event) => {
  if (drawingPointer !== null || event.button > 0) return;
  drawingPointer = event.pointerId;
  pad.setPointerCapture(event.pointerId);
  strokes.push([pointOf(event)]);
  paint();
};
pad.onpointermove = (event) => {
  if (event.pointerId !== drawingPointer) return;
  const events = event.getCoalescedEvents?.() ?? [];
  strokes.at(-1).push(...(events.length ? events : [event]).map(pointOf));
  paint();
};
pad.onpointerup = pad.onpointercancel = (event) => {
  if (event.pointerId === drawingPointer) drawingPointer = null;
};
function undo() {
  strokes.pop();
  paint();
}
function clear() {
  strokes.length = 0;
  paint();
}
byId("undo").onclick = undo;
byId("clear").onclick = clear;
document.onkeydown = (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "z") undo();
  else if (event.key === "Escape" || event.key === "Delete") clear();
  else return;
  event.preventDefault();
};

// --- the answer ------------------------------------------------------------------------------

const ask = startEngine();
let isAnswering = false;
let isOutdated = false;

/** Has the drawing recognized; while an answer is on its way, only the newest drawing waits. */
async function requestAnswer() {
  isOutdated = true;
  if (isAnswering || !rows.length) return;
  isAnswering = true;
  isOutdated = false;
  const { data } = context.getImageData(0, 0, pad.width, pad.height);
  show(await ask({ data, width: pad.width, height: pad.height }));
  isAnswering = false;
  if (isOutdated) requestAnswer();
}

const rows = []; // of the bars: [fill, share]
let classNames = [];

function addBar(label) {
  const [name, track, fill, share] = ["span", "div", "div", "span"].map((tag) =>
    document.createElement(tag),
  );
  name.textContent = label;
  track.className = "track";
  fill.className = "fill";
  share.className = "share";
  track.append(fill);
  byId("bars").append(name, track, share);
  rows.push([fill, share]);
}

function show({ normalized, reason, digit, probabilities, nondigit }) {
  [...probabilities, nondigit].slice(0, rows.length).forEach((probability, index) => {
    const [fill, share] = rows[index];
    fill.style.transform = `scaleX(${probability})`;
    fill.classList.toggle("best", index === digit);
    share.textContent = percent.format(probability);
  });
  byId("digit").textContent = digit === null ? "–" : (classNames[digit] ?? digit);
  if (digit !== null) {
    byId("words").textContent = fillIn(texts.sure, { share: percent.format(probabilities[digit]) });
  } else
    byId("words").textContent = reason === "empty" ? texts.invitation : texts[reason ?? "nondigit"];
  const image = new ImageData(28, 28);
  normalized.forEach((ink, i) => image.data.set([ink, ink, ink, 255], 4 * i));
  byId("seen").getContext("2d").putImageData(image, 0, 0);
}

document.documentElement.lang = texts.tag;
byId("undo").textContent = texts.undo;
byId("clear").textContent = texts.clear;
byId("seen-caption").textContent = texts.seen;
byId("words").textContent = texts.invitation;
pad.setAttribute("aria-label", texts.pad);
byId("bars").setAttribute("aria-label", texts.bars);
const { about } = await ask({ network: readNetwork() });
classNames = about.class_names;
for (let index = 0; index < 10; index++) addBar(classNames[index] ?? String(index));
if (about.nondigits) addBar(texts.noDigit);
byId("about").textContent = fillIn(texts.about, {
  name: about.name,
  data: about.data,
  date: new Intl.DateTimeFormat(texts.tag, { dateStyle: "long", timeZone: "UTC" }).format(
    new Date(about.created),
  ),
  accuracy: new Intl.NumberFormat(texts.tag, {
    style: "percent",
    minimumFractionDigits: 2,
  }).format(about.accuracy),
});
requestAnswer();
