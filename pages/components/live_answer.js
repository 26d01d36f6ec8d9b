import { _, setTexts } from "./texts.js";

// Shows a network's answer while the pen moves; the server's answer then takes its place.
const SIDE = 400; // pixels: the drawing is read at this size, as the server reads it
const SURE = 0.6; // as `mnist_core.models.recognition.MIN_CONFIDENCE`
const OPEN = 0.25; // as `mnist_core.models.recognition.OPEN`
const WIDEST = 1.15; // by its height; a wider drawing may be a number, which the server reads

/** The canvases of the pad: the strokes so far, and the one that is being drawn. */
function canvases(node) {
  const found = [];
  for (const element of node.querySelectorAll("*")) {
    if (element.tagName === "CANVAS") found.push(element);
    if (element.shadowRoot) found.push(...canvases(element.shadowRoot));
  }
  return found;
}

const NO_DIGIT = { digit: null, probabilities: Array(10).fill(0), nondigit: 0 };

const scratch = document.createElement("canvas");
scratch.width = scratch.height = SIDE;
const context = scratch.getContext("2d", { willReadFrequently: true });

/**
 * The drawing's pixels, as an ImageData has them; null without a canvas.
 * @param {number} top pixels at the top of the canvas that aren't drawn on.
 * @param {PointerEvent[]} stroke that is being drawn. The canvas shows it a frame later.
 */
function readDrawing(top, stroke) {
  const pad = document.querySelector(".st-key-pad");
  const layers = pad ? canvases(pad) : [];
  const upper = layers.find((layer) => layer.classList.contains("upper-canvas"));
  if (!upper) return null;
  context.clearRect(0, 0, SIDE, SIDE);
  for (const layer of layers) {
    if (layer === upper) continue;
    const above = (layer.height * top) / (SIDE + top);
    const height = layer.height - above;
    context.drawImage(layer, 0, above, layer.width, height, 0, 0, SIDE, SIDE);
  }
  const box = upper.getBoundingClientRect();
  context.lineCap = context.lineJoin = "round";
  context.lineWidth = (upper.getContext("2d").lineWidth * SIDE) / upper.width;
  context.beginPath();
  for (const { clientX, clientY } of stroke) {
    const x = ((clientX - box.left) / box.width) * SIDE;
    const y = ((clientY - box.top) / box.height) * (SIDE + top) - top;
    context.lineTo(x, y);
  }
  context.stroke();
  return context.getImageData(0, 0, SIDE, SIDE).data;
}

// Where it may (on https and on localhost), a browser tells of the pen at once, not once a frame.
const MOVES = "onpointerrawupdate" in window ? "pointerrawupdate" : "pointermove";

const percent = (share) => (share >= 0.9995 ? "> 99.9%" : `${(100 * share).toFixed(1)}%`);

/** As `Reading.heading` has it. */
function headingOf(digit, probabilities, nondigit) {
  if (digit === null) return _("This doesn't look like a digit.");
  const others = probabilities.map((share, index) => (index === digit ? 0 : share));
  const second = others.indexOf(Math.max(...others));
  if (others[second] >= OPEN) return _("{first}, or {second}", { first: digit, second });
  const isSure = probabilities[digit] * (1 - nondigit) >= SURE;
  if (!isSure) return _("Not sure");
  return _("{share} confidence", { share: percent(probabilities[digit]) });
}

/** The server's answer; its next one is another element. */
const serversAnswer = () => document.querySelector('[data-testid="answer"]');

/** Changes the server's answer on the page. */
function show({ digit, probabilities, nondigit }, words) {
  const answer = serversAnswer();
  const bars = document.querySelector(".bars:not(.named)");
  if (!answer || !bars) return;
  answer.dataset.live = digit ?? "–";
  answer.querySelector(".digit").textContent = digit ?? "–";
  answer.setAttribute("aria-busy", "true"); // a screen reader waits for the server's answer
  const heading = document.createElement("div");
  heading.className = "share";
  heading.textContent = words ?? headingOf(digit, probabilities, nondigit);
  answer.querySelector(".words").replaceChildren(heading);
  const fills = bars.querySelectorAll(".fill");
  const shares = bars.querySelectorAll(".share");
  const shown = [...probabilities].map((share) => share * (1 - nondigit));
  [...shown, nondigit].slice(0, fills.length).forEach((share, index) => {
    fills[index].style.width = `${100 * share}%`;
    if (index < 10) fills[index].classList.toggle("best", index === digit);
    shares[index].textContent = percent(share);
  });
}

// In Streamlit 1.67.0, the app's element says whether the server is there.
const STATE = "data-test-connection-state";
const stateHolder = () => document.querySelector(`[${STATE}]`);
function isServerAway() {
  const state = stateHolder()?.getAttribute(STATE) ?? "CONNECTED";
  return state !== "CONNECTED";
}

/**
 * Shows a notice while the server can't be reached, with what the page's own buttons can't do then.
 * Streamlit's dialog about it would lie over the canvas: it is closed.
 */
function watchServer(notice, live) {
  const update = () => {
    notice.hidden = !isServerAway();
    const words = _(
      "The server can't be reached. Digits are still recognized on this page; numbers, votes and explanations come back with it.",
    );
    notice.querySelector("p").textContent = notice.hidden ? "" : words;
  };
  const closeDialog = () => {
    if (!isServerAway()) return;
    document.querySelector('[data-testid="stDialog"] button[aria-label="Close"]')?.click();
  };
  const states = new MutationObserver(update);
  const holder = stateHolder();
  if (holder) states.observe(holder, { attributeFilter: [STATE] });
  const dialogs = new MutationObserver(closeDialog);
  dialogs.observe(document.body, { childList: true });
  for (const button of notice.querySelectorAll("button")) {
    button.onclick = () => {
      pressOnCanvas(button.dataset.does);
      setTimeout(() => live.ask(), 100); // when the canvas has drawn itself anew
    };
  }
  update();
  return () => {
    states.disconnect();
    dialogs.disconnect();
  };
}

/** Presses a button of the canvas's own toolbar, which needs no server. */
function pressOnCanvas(title) {
  for (const canvas of canvases(document.querySelector(".st-key-pad"))) {
    canvas.getRootNode().querySelector(`.dc-toolbar button[title="${title}"]`)?.click();
    return;
  }
}

class Live {
  constructor(address) {
    this.worker = new Worker(new URL(address, document.baseURI));
    this.worker.onmessage = ({ data }) => this.receive(data);
    this.network = "";
    this.isReady = this.isAnswering = this.isOutdated = false;
    this.stroke = []; // the events of the pointer that draws
    this.shown = null; // the server's answer that was on the page when the worker was asked
  }

  async load(network) {
    if (this.network === network) return;
    this.network = network;
    this.isReady = false;
    const response = await fetch(new URL(network, document.baseURI));
    if (!response.ok || this.network !== network) return;
    this.post({ network: await response.arrayBuffer() });
  }

  post(message, transferred) {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    this.worker.postMessage(message, transferred);
  }

  begin(event) {
    const isPad = event.composedPath().some((node) => node.classList?.contains("upper-canvas"));
    if (isPad && event.isPrimary) this.stroke = [event];
  }

  follow(event) {
    if (event.pointerId !== this.stroke[0]?.pointerId) return;
    this.stroke.push(event);
    if (this.isReady) this.ask();
  }

  end(event) {
    if (event.pointerId === this.stroke[0]?.pointerId) this.stroke = [];
  }

  ask() {
    this.isOutdated = this.isAnswering;
    if (this.isAnswering) return;
    const data = readDrawing(this.top, this.stroke);
    if (!data) return;
    this.isAnswering = true;
    this.shown = serversAnswer();
    this.post({ data, width: SIDE, height: SIDE }, [data.buffer]);
  }

  receive(result) {
    if (result.about) {
      this.isReady = true;
      return;
    }
    this.isAnswering = false;
    const { box, reason } = result;
    const isWide = box && box.right - box.left > WIDEST * (box.bottom - box.top);
    if (this.shown === serversAnswer() && !reason && !isWide) show(result);
    else if (isServerAway() && reason === "empty") show(NO_DIGIT, _("Nothing to read yet"));
    else if (isServerAway() && isWide) show(NO_DIGIT, _("Numbers are read by the server"));
    if (this.isOutdated && this.stroke.length) this.ask();
  }
}

export default function ({ data, parentElement }) {
  if (!window.Worker) return undefined;
  setTexts(data.texts);
  const [undo, clear] = parentElement.querySelectorAll("button");
  undo.textContent = _("Undo");
  clear.textContent = _("Clear");
  const live = (parentElement.live ??= new Live(data.worker));
  live.top = data.canvas_top;
  live.load(data.network).catch(() => {}); // the server's answers go on without it
  live.leave ??= listen(live, parentElement.querySelector(".away"));
  return () => {
    live.leave();
    live.worker.terminate();
    delete parentElement.live;
  };
}

/** Has the pen followed and the server watched; returns what ends that. */
function listen(live, notice) {
  const listening = new AbortController();
  const settings = { passive: true, capture: true, signal: listening.signal };
  window.addEventListener("pointerdown", (event) => live.begin(event), settings);
  window.addEventListener(MOVES, (event) => live.follow(event), settings);
  for (const name of ["pointerup", "pointercancel"])
    window.addEventListener(name, (event) => live.end(event), settings);
  const leave = watchServer(notice, live);
  return () => {
    listening.abort();
    leave();
  };
}
