// Shows another page, or another part of one, from its top.
export default function ({ data, parentElement }) {
  const before = parentElement.digitLabPlace;
  parentElement.digitLabPlace = data.place;
  if (before !== undefined && before !== data.place) {
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  }
  // On a phone, the row of pages is longer than the screen.
  document
    .querySelector(`.st-key-phone_pages a[href="${CSS.escape(data.place)}"]`)
    ?.scrollIntoView({ block: "nearest", inline: "center" });
}
