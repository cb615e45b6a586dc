"use strict";
// The install page: writes the tag from the choices and shows the button as that tag would.
(function () {
  const form = document.getElementById("choices");
  const tag = document.getElementById("tag");
  const said = document.getElementById("said");
  const [copied, select] = JSON.parse(said.dataset.words);
  const { version, integrity } = document.body.dataset;
  const home = new URL(".", location.href);

  function attributes() {
    const pinned = form.pin.checked;
    return {
      src: new URL(pinned ? version : "widget.js", home).href,
      ...(pinned && { integrity, crossorigin: "anonymous" }),
      "data-lang": form.lang.value,
      "data-color": form.color.value,
      "data-position": form.position.value,
    };
  }

  function show() {
    const all = attributes();
    const written = Object.entries(all).map(([name, value]) => `${name}="${value}"`);
    tag.value = `<script ${written.join(" ")} defer></` + "script>";
    document.getElementById("page").value = new URL("widget?lang=" + (form.lang.value === "es" ? "es" : "en"), home).href;
    said.textContent = "";
    if (window.IEPHelp) window.IEPHelp.destroy();
    const script = document.createElement("script");
    for (const [name, value] of Object.entries(all)) script.setAttribute(name, value);
    document.body.append(script);
    script.addEventListener("load", () => script.remove());
  }

  document.getElementById("copy").addEventListener("click", async function () {
    tag.focus();
    tag.select();
    try {
      await navigator.clipboard.writeText(tag.value);
      said.textContent = copied;
    } catch (refused) {
      said.textContent = select; // not a secure page, or the browser asks and was told no
    }
  });

  form.addEventListener("change", show);
  show();
})();
