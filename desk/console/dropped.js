/** Files dropped on a place, or pasted into it. */

import { set } from "./dom.js";

/**
 * Calls `onFiles` with what is dropped on `place` or pasted there, while `isTaken` says so.
 *
 * @param {HTMLElement} place
 * @param {() => boolean} isTaken
 * @param {(files: File[]) => void} onFiles
 */
export function listenToFiles(place, isTaken, onFiles) {
  place.addEventListener("dragover", (event) => {
    if (hasFiles(event)) set(place, "data-drop", isTaken() ? "yes" : "no");
  });
  place.addEventListener("dragleave", (event) => {
    if (!(event.relatedTarget instanceof Node && place.contains(event.relatedTarget))) set(place, "data-drop", null);
  });
  place.addEventListener("drop", (event) => {
    set(place, "data-drop", null);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length && isTaken()) onFiles(files);
  });
  place.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // Copied from a spreadsheet, words come with a picture of them: the words are meant.
    if (!files.length || event.clipboardData?.types.includes("text/plain") || !isTaken()) return;
    event.preventDefault();
    onFiles(files);
  });
}

/** A file that is dropped beside its place does not take the page away. */
export function keepPage() {
  for (const name of ["dragover", "drop"]) {
    addEventListener(name, (event) => {
      if (event instanceof DragEvent && hasFiles(event)) event.preventDefault();
    });
  }
}

/** @param {DragEvent} event */
function hasFiles({ dataTransfer }) {
  return Boolean(dataTransfer?.types.includes("Files"));
}
