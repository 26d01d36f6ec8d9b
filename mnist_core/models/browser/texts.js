// The words of the exported page. {name} and the like are filled in.
const TEXTS = {
  en: {
    invitation: "Draw a digit from 0 to 9.",
    sure: "{share} sure",
    nondigit: "This doesn't look like a digit.",
    dot: "That is only a dot. Draw larger.",
    full: "Nearly everything is ink. Undo a stroke, or clear.",
    undo: "Undo",
    clear: "Clear",
    pad: "Canvas: draw a digit here",
    bars: "Probability of each class",
    noDigit: "no digit",
    seen: "What the network sees: 28x28 pixels",
    about:
      "Network {name}, trained on {data} on {date}. {accuracy} of its test images are recognized correctly. This page works without the internet.",
  },
  de: {
    invitation: "Zeichne eine Ziffer von 0 bis 9.",
    sure: "zu {share} sicher",
    nondigit: "Das sieht nicht wie eine Ziffer aus.",
    dot: "Das ist nur ein Punkt. Zeichne größer.",
    full: "Fast alles ist Tinte. Nimm einen Strich zurück oder lösche alles.",
    undo: "Rückgängig",
    clear: "Löschen",
    pad: "Zeichenfläche: Zeichne hier eine Ziffer",
    bars: "Wahrscheinlichkeit jeder Klasse",
    noDigit: "keine Ziffer",
    seen: "Was das Netz sieht: 28x28 Pixel",
    about:
      "Netz {name}, trainiert mit {data} am {date}. Es erkennt {accuracy} seiner Testbilder richtig. Diese Seite funktioniert ohne Internet.",
  },
  fr: {
    invitation: "Dessinez un chiffre de 0 à 9.",
    sure: "sûr à {share}",
    nondigit: "Cela ne ressemble pas à un chiffre.",
    dot: "Ce n'est qu'un point. Dessinez plus grand.",
    full: "Presque tout est encré. Annulez un trait ou effacez.",
    undo: "Annuler",
    clear: "Effacer",
    pad: "Zone de dessin : dessinez un chiffre ici",
    bars: "Probabilité de chaque classe",
    noDigit: "aucun chiffre",
    seen: "Ce que voit le réseau : 28x28 pixels",
    about:
      "Réseau {name}, entraîné sur {data} le {date}. Il reconnaît correctement {accuracy} de ses images de test. Cette page fonctionne sans internet.",
  },
  es: {
    invitation: "Dibuja una cifra del 0 al 9.",
    sure: "seguro al {share}",
    nondigit: "Esto no parece una cifra.",
    dot: "Es solo un punto. Dibuja más grande.",
    full: "Casi todo es tinta. Deshaz un trazo o borra todo.",
    undo: "Deshacer",
    clear: "Borrar",
    pad: "Lienzo: dibuja una cifra aquí",
    bars: "Probabilidad de cada clase",
    noDigit: "ninguna cifra",
    seen: "Lo que ve la red: 28x28 píxeles",
    about:
      "Red {name}, entrenada con {data} el {date}. Reconoce correctamente {accuracy} de sus imágenes de prueba. Esta página funciona sin internet.",
  },
  zh: {
    invitation: "请写一个0到9的数字。",
    sure: "置信度{share}",
    nondigit: "这看起来不像数字。",
    dot: "这只是一个点，请写大一些。",
    full: "几乎全是墨迹，请撤销一笔或清空。",
    undo: "撤销",
    clear: "清空",
    pad: "画布：请在这里写一个数字",
    bars: "每个类别的概率",
    noDigit: "不是数字",
    seen: "网络看到的图像：28x28像素",
    about:
      "网络{name}，{date}用{data}训练。测试图像的识别准确率为{accuracy}。本页无需联网即可使用。",
  },
};

/**
 * The words in the first of these languages that there are words in, else in English.
 * @param {readonly string[]} tags as `navigator.languages` has them, such as "de-AT".
 * @returns {object} the words, and under `tag` the language, for numbers and dates.
 */
export function textsFor(tags) {
  const tag = tags.find((candidate) => candidate.slice(0, 2) in TEXTS) ?? "en";
  return { tag, ...TEXTS[tag.slice(0, 2)] };
}

/** A text with its {names} filled in. */
export const fillIn = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
