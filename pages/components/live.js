// A Plotly chart that takes a new figure in place of the old one, without being made anew.
const loadPlotly = (address) =>
  (window.digitLabPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(address, document.baseURI).href;
    script.onload = () => resolve(window.Plotly);
    script.onerror = reject;
    document.head.append(script);
  }));
export default function ({ data, parentElement, setTriggerValue }) {
  const chart = parentElement.querySelector(".live-chart");
  chart.newest = data.figure;
  chart.style.height = data.height + "px";
  loadPlotly(data.plotly).then((Plotly) => {
    if (chart.newest !== data.figure) return; // a newer one came while it was loaded
    const figure = JSON.parse(data.figure);
    const color = getComputedStyle(chart).color;
    const grid = {
      automargin: true,
      gridcolor: "rgba(128,128,128,.22)",
      zerolinecolor: "rgba(128,128,128,.35)",
    };
    const layout = {
      ...figure.layout,
      autosize: true,
      dragmode: figure.layout.dragmode ?? "zoom",
      font: { color, family: getComputedStyle(chart).fontFamily, size: 12 },
    };
    layout.xaxis = { ...layout.xaxis, ...grid };
    layout.yaxis = { ...layout.yaxis, ...grid };
    Plotly.react(chart, figure.data, layout, { displayModeBar: false, responsive: true });
    if (!data.clicks) return;
    chart.clicked = ({ points: [{ x, y }] }) => setTriggerValue("clicked", { x, y });
    if (!chart.listens) chart.on("plotly_click", (event) => chart.clicked(event));
    chart.listens = true;
  });
}
