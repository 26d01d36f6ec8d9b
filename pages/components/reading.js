// Keeps how far a reader is (localStorage).
const STORE = "digit-lab-courses";

export default function ({ data, parentElement, setTriggerValue }) {
  if (data.progress === null) {
    if (!parentElement.digitLabAsked) setTriggerValue("kept", read());
    parentElement.digitLabAsked = true;
  } else {
    write(data.progress);
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
