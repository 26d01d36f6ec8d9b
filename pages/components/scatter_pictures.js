// Keeps the pictures of a map's images, for as many maps as show them.
export default function ({ data }) {
  const sheets = (window.digitLabSheets ??= new Map());
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const id = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (sheets.has(id)) return;
  const sheet = new Image();
  sheet.onload = () => {
    URL.revokeObjectURL(sheet.src);
    sheets.set(id, sheet);
    while (sheets.size > 3) sheets.delete(sheets.keys().next().value);
    window.dispatchEvent(new Event("digit-lab-sheet"));
  };
  sheet.src = URL.createObjectURL(new Blob([bytes.slice(4)], { type: "image/png" }));
}
