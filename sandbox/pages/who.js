/** Who the person at the sandbox plays, as their browser keeps it. */

export const KEPT = "sandbox:person";

/** @typedef {{ name: string, address: string }} Person */

/** @returns {Person} who is played, in all of the sandbox's pages. */
export function keptPerson() {
  const kept = localStorage.getItem(KEPT);
  return kept ? JSON.parse(kept) : { name: "Ana Ruiz", address: "ana@example.org" };
}
