// The one line that a page needs: <script src="https://chat.example.org/widget.js" defer></script>
// It loads as a plain script, so that it works wherever it is put; the rest are modules beside it.
{
  const script =
    document.currentScript instanceof HTMLScriptElement
      ? document.currentScript
      : document.querySelector('script[src*="/widget.js"]');
  const { language = "", name = "", identity = "" } = script instanceof HTMLScriptElement ? script.dataset : {};
  // A plain script of another origin has no address of its own to start from, so the module's is given whole.
  const base = script instanceof HTMLScriptElement ? script.src : document.baseURI;
  import(new URL("./element.js", base).href)
    .then((/** @type {typeof import("./element.js")} */ { mount }) => mount({ language, name, identity }))
    .catch((/** @type {unknown} */ error) => console.warn("Hilo's chat could not be loaded.", error));
}
