// The switch of languages. The choice is kept in a cookie for a year.
const YEAR = 365 * 24 * 3600;

export default function ({ data, parentElement, setTriggerValue }) {
  document.documentElement.lang = data.language;
  const select = parentElement.querySelector("select");
  select.setAttribute("aria-label", data.label);
  select.title = data.label;
  select.replaceChildren(
    ...Object.entries(data.languages).map(([code, name]) => {
      const option = new Option(name, code, false, code === data.language);
      option.lang = code;
      return option;
    }),
  );
  select.onchange = () => {
    document.cookie = `${data.cookie}=${select.value}; path=/; max-age=${YEAR}; SameSite=Lax`;
    setTriggerValue("chosen", select.value);
  };
}
