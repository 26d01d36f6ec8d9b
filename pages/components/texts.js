// The texts of a component in the page's language: translations come with the component's data.
let translations = {};

/** @param {Record<string, string>} [texts] English message -> translation; none in English. */
export function setTexts(texts) {
  translations = texts ?? {};
}

/**
 * A message in the page's language.
 * @param {string} message in English, with {name} for each value.
 * @param {Record<string, unknown>} [values] of its fields.
 */
export function _(message, values = {}) {
  const text = translations[message] ?? message;
  return text.replace(/\{(\w+)\}/g, (field, name) => String(values[name] ?? field));
}
