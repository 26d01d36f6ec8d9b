import { _, setTexts } from "./texts.js";

// The network's drawing: zoomed, scrolled, downloaded; a click on a layer opens it.
export default function ({ data, parentElement, setTriggerValue }) {
  setTexts(data.texts);
  const root = parentElement.querySelector(".inside"),
    drawing = root.querySelector(".drawing");
  const self = (root.self ??= { zoom: 1, id: null });
  const show = () => {
    const svg = drawing.querySelector("svg");
    svg.style.width = self.wide * self.zoom + "px";
    svg.style.height = "auto";
    root.querySelector(".zoom").textContent = Math.round(100 * self.zoom) + "%";
  };
  if (self.id !== data.id) {
    self.id = data.id;
    drawing.innerHTML = data.svg;
    self.wide = drawing.querySelector("svg").width.baseVal.value;
    // All of it where it stays readable, else as it is, to be scrolled.
    const fit = drawing.clientWidth / self.wide;
    self.zoom = fit > 0.45 ? Math.min(fit, 1.25) : 1; // smaller, its words can't be read
    show();
  }
  const zoom = (by) => {
    self.zoom = Math.max(0.3, Math.min(4, by));
    show();
  };
  const open = (event) => {
    const layer = event.target.closest("[data-layer]");
    if (layer) setTriggerValue("opened", { layer: layer.dataset.layer });
  };
  drawing.onclick = open;
  drawing.onkeydown = (event) => {
    if (event.key === "Enter" || event.key === " ") {
      open(event);
      event.preventDefault();
    }
  };
  drawing.onwheel = (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(self.zoom * Math.exp(-event.deltaY / 400));
  };
  const save = (content, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const on = {
    in: () => zoom(self.zoom * 1.25),
    out: () => zoom(self.zoom / 1.25),
    fit: () => zoom(drawing.clientWidth / self.wide),
    svg: () => save(new Blob([data.file], { type: "image/svg+xml" }), data.name + ".svg"),
    png: () => {
      const image = new Image();
      image.onload = () => {
        const canvas = document.createElement("canvas");
        canvas.width = 2 * image.width;
        canvas.height = 2 * image.height;
        const pen = canvas.getContext("2d");
        pen.fillStyle = "#fff";
        pen.fillRect(0, 0, canvas.width, canvas.height);
        pen.drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob((content) => save(content, data.name + ".png"));
      };
      image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(data.file);
    },
  };
  const names = {
    in: _("Larger"),
    out: _("Smaller"),
    fit: _("Fit"),
    svg: _("Download SVG"),
    png: _("Download PNG"),
  };
  for (const button of root.querySelectorAll("button")) {
    button.onclick = on[button.name];
    if (button.name === "in" || button.name === "out") {
      button.title = names[button.name];
      button.setAttribute("aria-label", names[button.name]);
    } else {
      button.textContent = names[button.name];
    }
  }
}
