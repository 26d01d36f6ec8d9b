import { _, setTexts } from "./texts.js";

// Stands beside the drawing canvas and mends what it leaves out: a stroke follows one finger, ends
// when the pointer is lost, and Ctrl+Z undoes it. It also keeps the drawing over a reload, and
// invites to draw where nothing is drawn.
const STORE = "digit-lab-drawing";
const BUTTONS = {
  undo: ".st-key-undo button",
  redo: ".st-key-redo button",
  clear: ".st-key-clear button",
};

export default function ({ data, parentElement, setTriggerValue }) {
  setTexts(data.texts);
  invite(data.strokes === "[]");
  if (!window.digitLabGuard) {
    window.digitLabGuard = true;
    followOnePointer();
    listenToKeys();
    window.addEventListener("pointerdown", (event) => isCanvas(event) && invite(false), true);
  }
  hideToolbarFromKeyboard();
  if (data.strokes !== "[]") parentElement.digitLabSeen = true;
  if (!parentElement.digitLabSeen && data.fresh) {
    parentElement.digitLabSeen = true;
    const stored = sessionStorage.getItem(STORE);
    if (stored && stored !== "[]") {
      whenReady(() => setTriggerValue("restored", stored));
      return;
    }
  }
  sessionStorage.setItem(STORE, data.strokes);
}

function invite(isEmpty) {
  // Behind the strokes, as `canvas.css` shows it.
  const words = isEmpty ? JSON.stringify(_("Draw a digit here")) : "none";
  document.documentElement.style.setProperty("--canvas-invitation", words);
}

// A canvas that is still being made would take the drawing as its own beginning, and not send it.
function whenReady(act) {
  const ready = [...document.querySelectorAll(".st-key-pad *")].some((element) =>
    element.shadowRoot?.querySelector("canvas.upper-canvas"),
  );
  setTimeout(() => (ready ? act() : whenReady(act)), 300);
}

function isCanvas(event) {
  return event.composedPath()[0]?.classList?.contains("upper-canvas") ?? false;
}

function followOnePointer() {
  let finger = null; // the touch that draws: { id, target, touch }
  let mouse = null; // the last mouse event of a stroke, and its canvas
  const send = (type, touch, down) =>
    finger.target.dispatchEvent(
      new TouchEvent(type, {
        touches: down ? [touch] : [],
        targetTouches: down ? [touch] : [],
        changedTouches: [touch],
        bubbles: true,
        cancelable: true,
        composed: true,
      }),
    );
  const stop = (event) => {
    event.stopImmediatePropagation();
    if (event.cancelable) event.preventDefault();
  };
  const lift = () => {
    if (!finger) return;
    send("touchend", finger.touch, false);
    finger = null;
  };
  const ours = (event) =>
    [...event.changedTouches].find((touch) => touch.identifier === finger?.id);
  const touched = (event) => {
    if (!event.isTrusted || !(isCanvas(event) || finger)) return;
    if (event.type === "touchstart") {
      if (!isCanvas(event)) return;
      const touch = event.changedTouches[0];
      const pen = [...event.changedTouches].find((other) => other.touchType === "stylus");
      if (finger && !(pen && finger.touch.touchType !== "stylus")) return stop(event);
      lift(); // a palm gives way to a pen
      finger = {
        id: (pen ?? touch).identifier,
        target: event.composedPath()[0],
        touch: pen ?? touch,
      };
      if (event.touches.length === 1) return;
      stop(event);
      send("touchstart", finger.touch, true);
      return;
    }
    const touch = ours(event);
    if (!touch) {
      if (isCanvas(event)) stop(event);
      return;
    }
    finger.touch = touch;
    if (event.type === "touchmove") {
      if (event.touches.length === 1) return;
      stop(event);
      send("touchmove", touch, true);
    } else if (event.type === "touchend" && event.touches.length === 0) {
      finger = null;
    } else {
      stop(event);
      lift();
    }
  };
  for (const type of ["touchstart", "touchmove", "touchend", "touchcancel"])
    window.addEventListener(type, touched, { capture: true, passive: false });
  const release = () => {
    if (!mouse) return;
    const { event, target } = mouse;
    mouse = null;
    target.dispatchEvent(
      new MouseEvent("mouseup", {
        clientX: event.clientX,
        clientY: event.clientY,
        bubbles: true,
        composed: true,
      }),
    );
  };
  const capture = { capture: true };
  window.addEventListener(
    "mousedown",
    (event) => {
      if (isCanvas(event) && event.button === 0) mouse = { event, target: event.composedPath()[0] };
    },
    capture,
  );
  window.addEventListener(
    "mousemove",
    (event) => {
      if (!mouse) return;
      if (event.buttons & 1) mouse.event = event;
      else release();
    },
    capture,
  );
  window.addEventListener("mouseup", (event) => event.isTrusted && (mouse = null), capture);
  window.addEventListener("blur", () => {
    release();
    lift();
  });
}

function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (!document.querySelector(BUTTONS.undo)) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    const key = event.key.toLowerCase();
    const control = event.ctrlKey || event.metaKey;
    let name = null;
    if (control && key === "z") name = event.shiftKey ? "redo" : "undo";
    else if (control && key === "y") name = "redo";
    else if (!control && key === "delete") name = "clear";
    if (!name) return;
    event.preventDefault();
    document.querySelector(BUTTONS[name])?.click();
  });
}

// Its place is cut off, so the Tab key must not reach it either.
function hideToolbarFromKeyboard() {
  for (const element of document.querySelectorAll(".st-key-pad *")) {
    const root = element.shadowRoot;
    if (!root || root.digitLabWatched) continue;
    root.digitLabWatched = true;
    const hide = () => root.querySelectorAll(".dc-toolbar").forEach((bar) => (bar.inert = true));
    new MutationObserver(hide).observe(root, { childList: true, subtree: true });
    hide();
  }
}
