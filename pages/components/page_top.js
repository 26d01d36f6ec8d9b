// Shows another page, or another part of one, from its top.
export default function ({ data, parentElement }) {
  const before = parentElement.digitLabPlace;
  parentElement.digitLabPlace = data.place;
  if (before !== undefined && before !== data.place) {
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  }
}
