/** What this browser keeps for the reader. Where keeping is forbidden or full, the desk works on without. */

/**
 * The kept text under `name`, or null.
 *
 * @param {string} name
 */
export function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // Storage is blocked here, which is the same as nothing kept.
  }
}

/**
 * Keeps `text` under `name`; null forgets it.
 *
 * @param {string} name
 * @param {string | null} text
 */
export function keep(name, text) {
  try {
    if (text === null) localStorage.removeItem(name);
    else localStorage.setItem(name, text);
  } catch {
    return; // Blocked or full: the page in front of the reader still holds it.
  }
}

/**
 * The names kept that begin with `prefix`.
 *
 * @param {string} prefix
 */
export function keptNames(prefix) {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(prefix));
  } catch {
    return [];
  }
}
