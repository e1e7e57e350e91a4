// The one line that a page needs: <script src="https://chat.example.org/widget.js" defer></script>
// It loads as a plain script, so that it works wherever it is put; the rest are modules beside it.
{
  const script =
    document.currentScript instanceof HTMLScriptElement
      ? document.currentScript
      : document.querySelector('script[src*="/widget.js"]');
  const { language = "", name = "" } = script instanceof HTMLScriptElement ? script.dataset : {};
  import("./element.js")
    .then(({ mount }) => mount({ language, name }))
    .catch((/** @type {unknown} */ error) => console.warn("Hilo's chat could not be loaded.", error));
}
