// Shows another page, or another part of one, from its top.
export default function ({ data, parentElement }) {
  const before = parentElement.digitLabPlace;
  parentElement.digitLabPlace = data.place;
  if (before !== undefined && before !== data.place) {
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  }
  if (data.page) showInBar(data.place, parentElement);
}

// On a phone, the row of pages is longer than the screen. Its links move while icons and styles load.
function showInBar(place, parentElement, tries = 20) {
  parentElement.digitLabBar?.disconnect();
  clearTimeout(parentElement.digitLabTimer);
  const row = document.querySelector(".st-key-phone_pages");
  const link = row?.querySelector(`a[href="${CSS.escape(place)}"]`);
  if (!link) {
    const again = () => showInBar(place, parentElement, tries - 1);
    if (tries > 0) parentElement.digitLabTimer = setTimeout(again, 250);
    return;
  }
  const bar = new ResizeObserver(() => link.scrollIntoView({ block: "nearest", inline: "center" }));
  for (const element of [row, ...row.querySelectorAll("a")]) bar.observe(element);
  parentElement.digitLabBar = bar;
}
