// Keeps how far a reader is (localStorage), and shows each step of a course from its top.
const STORE = "digit-lab-courses";

export default function ({ data, parentElement, setTriggerValue }) {
  if (data.progress === null) {
    if (!parentElement.digitLabAsked) setTriggerValue("kept", read());
    parentElement.digitLabAsked = true;
  } else {
    write(data.progress);
  }
  const before = parentElement.digitLabPlace;
  parentElement.digitLabPlace = data.place;
  if (before !== undefined && before !== data.place) {
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  }
}

// A browser may forbid both; the progress then lasts as long as the page.
function read() {
  try {
    return localStorage.getItem(STORE) ?? "";
  } catch {
    return "";
  }
}

function write(progress) {
  try {
    localStorage.setItem(STORE, progress);
  } catch {
    // forbidden or full
  }
}
