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

const scratch = document.createElement("canvas");
scratch.width = scratch.height = SIDE;
const context = scratch.getContext("2d", { willReadFrequently: true });

/** The opacity of the drawing's pixels; null without a canvas. */
function readDrawing(top) {
  const pad = document.querySelector(".st-key-pad");
  const layers = pad ? canvases(pad) : [];
  if (!layers.length) return null;
  context.clearRect(0, 0, SIDE, SIDE);
  for (const layer of layers) {
    const above = (layer.height * top) / (SIDE + top);
    const height = layer.height - above;
    context.drawImage(layer, 0, above, layer.width, height, 0, 0, SIDE, SIDE);
  }
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  const alpha = new Uint8Array(SIDE * SIDE);
  for (let i = 0; i < alpha.length; i++) alpha[i] = data[4 * i + 3];
  return alpha;
}

const percent = (share) => (share >= 0.9995 ? "> 99.9%" : `${(100 * share).toFixed(1)}%`);

/** As `Reading.heading` has it. */
function headingOf(digit, probabilities, nondigit) {
  if (digit === null) return "This doesn't look like a digit.";
  const others = probabilities.map((share, index) => (index === digit ? 0 : share));
  const second = others.indexOf(Math.max(...others));
  if (others[second] >= OPEN) return `${digit}, or ${second}`;
  const isSure = probabilities[digit] * (1 - nondigit) >= SURE;
  return isSure ? `${percent(probabilities[digit])} confidence` : "Not sure";
}

/** Changes the server's answer on the page, and remembers what it was. */
function show({ digit, probabilities, nondigit }) {
  const answer = document.querySelector('[data-testid="answer"]');
  const bars = document.querySelector(".bars:not(.named)");
  if (!answer || !bars) return;
  for (const element of [answer, bars]) element.serverHtml ??= element.innerHTML;
  answer.dataset.live = digit ?? "–";
  answer.querySelector(".digit").textContent = digit ?? "–";
  answer.setAttribute("aria-busy", "true"); // a screen reader waits for the server's answer
  const heading = document.createElement("div");
  heading.className = "share";
  heading.textContent = headingOf(digit, probabilities, nondigit);
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

/** Puts the server's answer back where the page still has what `show` made of it. */
function restore() {
  for (const element of document.querySelectorAll('[data-testid="answer"], .bars')) {
    if (element.serverHtml === undefined) continue;
    element.innerHTML = element.serverHtml;
    delete element.serverHtml;
    delete element.dataset.live;
    element.removeAttribute("aria-busy");
  }
}

class Live {
  constructor(address) {
    this.worker = new Worker(new URL(address, document.baseURI));
    this.worker.onmessage = ({ data }) => this.receive(data);
    this.network = "";
    this.isReady = this.isAnswering = this.isOutdated = false;
    this.run = 0; // which of the server's answers is on the page
    this.askedAt = 0;
  }

  async load(network) {
    if (this.network === network) return;
    this.network = network;
    this.isReady = false;
    const response = await fetch(new URL(network, document.baseURI));
    if (!response.ok || this.network !== network) return;
    this.post({ network: await response.arrayBuffer() });
  }

  post(message) {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    this.worker.postMessage(message);
  }

  follow(event) {
    const isPad = event.composedPath().some((node) => node.classList?.contains("st-key-pad"));
    // The canvas, which hears of the event first, has drawn its newest point already.
    if (isPad && event.buttons && this.isReady) this.ask();
  }

  ask() {
    this.isOutdated = this.isAnswering;
    if (this.isAnswering) return;
    const alpha = readDrawing(this.top);
    if (!alpha) return;
    this.isAnswering = true;
    this.askedAt = this.run;
    this.post({ alpha, width: SIDE, height: SIDE });
  }

  receive(result) {
    if (result.about) {
      this.isReady = true;
      return;
    }
    this.isAnswering = false;
    const { box, reason } = result;
    const isWide = box && box.right - box.left > WIDEST * (box.bottom - box.top);
    if (this.askedAt === this.run && !reason && !isWide) show(result);
    if (this.isOutdated) this.ask();
  }
}

export default function ({ data, parentElement }) {
  if (!window.Worker) return undefined;
  const live = (parentElement.live ??= new Live(data.worker));
  live.run = data.run;
  live.top = data.canvas_top;
  live.load(data.network).catch(() => {}); // the server's answers go on without it
  restore();
  if (!live.listener) {
    live.listener = (event) => live.follow(event);
    window.addEventListener("pointermove", live.listener, { passive: true });
  }
  return () => {
    window.removeEventListener("pointermove", live.listener);
    live.worker.terminate();
    delete parentElement.live;
  };
}
