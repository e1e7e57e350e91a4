/** The visitor's language: the page's choice, else the browser's first that we speak, else the page's own. */

/** @typedef {typeof import("./strings/en.js").default} Words */

const SPOKEN = ["es", "en"];

/** @param {string} chosen the page's choice, or nothing */
export function language(chosen) {
  const wanted = [chosen, ...navigator.languages, document.documentElement.lang];
  return wanted.map((each) => each.toLowerCase().split("-")[0] ?? "").find((each) => SPOKEN.includes(each)) ?? "en";
}

/** @param {string} spoken @returns {Promise<Words>} */
export async function wordsOf(spoken) {
  return (await (spoken === "es" ? import("./strings/es.js") : import("./strings/en.js"))).default;
}
