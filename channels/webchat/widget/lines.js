/** The lines of a conversation on the page: pure, in the order of their positions. */

/** @typedef {import("./types.js").Line} Line */

/** What a line is known by: the visitor's own by its key, as the pending one was. @param {Line} line */
export function lineId({ key, id }) {
  return key ? `v${key}` : id;
}

/** `lines` with the `fresh` ones, each once. @param {Line[]} lines @param {Line[]} fresh */
export function merged(lines, fresh) {
  const known = new Map([...lines, ...fresh].map((line) => [lineId(line), line]));
  return [...known.values()].sort((a, b) => compare(a.position, b.position));
}

/** How many of the team's lines stand after the position `seen`. @param {Line[]} lines @param {string} seen */
export function unreadAfter(lines, seen) {
  return lines.filter(({ side, position }) => side === "team" && compare(position, seen) > 0).length;
}

/** @param {string} a @param {string} b positions, `1700000000000-3` */
function compare(a, b) {
  const [[a1 = 0, a2 = 0], [b1 = 0, b2 = 0]] = [a.split("-").map(Number), b.split("-").map(Number)];
  return a1 - b1 || a2 - b2;
}
