"use strict";
// The one tag that another site adds. Everything it draws lives in a shadow root; the talk lives in a frame of ours.
// No request before the first click, no cookie, no storage, no markup from text, no inline style.
(function () {
  const WORDS = /*WORDS*/ {}; // filled in when it is served, from bot/words
  const FRAME_VERSION = 1; // of the messages between page and frame
  const PATIENCE = 10000; // milliseconds for the frame to say that it is there
  const AFTER_LOAD = 1500; // the same, once the browser has loaded something into the frame
  const SMALL = "(max-width: 40rem), (max-height: 30rem)";

  const script = document.currentScript;
  if (window.IEPHelp) {
    window.IEPHelp.attach(); // the tag stands twice, or a single-page site ran it again
    return;
  }
  if (!script) return;
  const home = new URL(".", script.src);
  const given = (name, otherwise) => script.getAttribute("data-" + name) || otherwise;

  const asked = given("lang", "auto");
  const reader = [document.documentElement.lang, ...navigator.languages].find((l) => /^(en|es)\b/i.test(l)) || "en";
  const lang = Object.hasOwn(WORDS, asked) ? asked : reader.slice(0, 2).toLowerCase();
  const say = WORDS[lang];

  const STYLE = `
    :host { all: initial !important; position: fixed !important; z-index: var(--z) !important; inset: auto !important; font: 400 16px/1.4 system-ui, sans-serif !important; }
    @media print { :host { display: none !important; } }
    * { box-sizing: border-box; font: inherit; }
    .launcher, dialog { position: fixed; }
    .launcher {
      min-width: 48px; min-height: 48px; padding: 0 18px 0 14px; border: 2px solid #fff; border-radius: 26px; cursor: pointer;
      display: flex; align-items: center; gap: 8px; font-weight: 600; text-decoration: none; text-align: left;
      color: var(--ink); background: var(--color); box-shadow: 0 0 0 2px #1c2426, 0 3px 12px rgb(0 0 0 / .3);
    }
    .mark { font-weight: 700; font-size: 20px; }
    :focus-visible { outline: 3px solid var(--ink); outline-offset: -6px; }
    .launcher { right: calc(var(--x) + env(safe-area-inset-right)); bottom: calc(var(--y) + env(safe-area-inset-bottom)); }
    dialog {
      inset: auto calc(var(--x) + env(safe-area-inset-right)) calc(var(--y) + 64px + env(safe-area-inset-bottom)) auto;
      width: min(420px, 100vw - 2 * var(--x)); height: min(680px, 100dvh - 2 * var(--y) - 64px);
      max-width: none; max-height: none; margin: 0; padding: 0; border: 1px solid #6b7779; border-radius: 12px;
      overflow: hidden; background: #fff; color: #1c2426; box-shadow: 0 8px 32px rgb(0 0 0 / .3);
    }
    dialog[open] { display: flex; flex-direction: column; }
    .left > * { right: auto; left: calc(var(--x) + env(safe-area-inset-left)); }
    .top > .launcher { bottom: auto; top: calc(var(--y) + env(safe-area-inset-top)); }
    .top > dialog { bottom: auto; top: calc(var(--y) + 64px + env(safe-area-inset-top)); }
    .bar { display: flex; align-items: center; justify-content: space-between; gap: 8px; padding: 0 4px 0 16px; color: var(--ink); background: var(--color); }
    .title { margin: 0; font-weight: 600; }
    .close { width: 48px; height: 48px; border: 0; background: none; color: inherit; font-size: 24px; cursor: pointer; }
    .wait { margin: 16px; }
    iframe { flex: 1; width: 100%; border: 0; }
    iframe.hidden { flex: 0; height: 0; visibility: hidden; }
    @media ${SMALL} {
      .root > dialog { inset: 0; width: 100vw; height: 100dvh; border: 0; border-radius: 0; padding: env(safe-area-inset-top) 0 env(safe-area-inset-bottom); background: var(--color); }
      .launcher .text { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
      .launcher { padding: 0; justify-content: center; }
      iframe, .wait { background: #fff; }
    }
    @media (forced-colors: active) { .launcher, dialog { border: 2px solid; } }`;

  function make(name, className, text) {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  }

  const host = make("iep-help");
  const shadow = host.attachShadow({ mode: "open" });
  const root = make("div", "root " + given("position", "bottom-right").replace("-", " "));
  const launcher = make("button", "launcher");
  const panel = make("dialog");
  const title = make("h2", "title", given("title", say.title));
  const close = make("button", "close", "\u00d7");
  const wait = make("p", "wait", say.wait);
  const bar = make("div", "bar");
  const small = matchMedia(SMALL);
  let frame = null;
  let ready = false;
  let late = 0;
  let entry = ""; // to be shown as soon as the frame is there

  root.lang = lang;
  root.dir = "ltr";
  launcher.type = close.type = "button";
  launcher.setAttribute("aria-haspopup", "dialog");
  launcher.setAttribute("aria-expanded", "false");
  launcher.setAttribute("aria-controls", (panel.id = "panel"));
  panel.setAttribute("aria-labelledby", (title.id = "title"));
  close.setAttribute("aria-label", say.close);
  wait.setAttribute("role", "status");
  label(launcher, given("label", say.launcher));
  bar.append(title, close);
  panel.append(bar, wait);
  root.append(launcher, panel);
  shadow.append(root);
  style();

  function label(element, text) {
    const mark = make("span", "mark", "?");
    mark.setAttribute("aria-hidden", "true");
    element.replaceChildren(mark, make("span", "text", text));
  }

  function style() {
    try {
      const sheet = new CSSStyleSheet(); // not held up by a page's style-src
      sheet.replaceSync(STYLE);
      shadow.adoptedStyleSheets = [sheet];
    } catch (old) {
      shadow.prepend(make("style", "", STYLE));
    }
    const page = getComputedStyle(document.documentElement);
    const value = (name, good, otherwise) =>
      [given(name, ""), page.getPropertyValue("--iep-help-" + name).trim(), otherwise].find((v) => v && good(v));
    const length = (v) => CSS.supports("width", v);
    const pixels = (v) => (/^\d+$/.test(v) ? v + "px" : v);
    const set = (name, v) => root.style.setProperty(name, v);
    set("--x", pixels(value("offset-x", (v) => length(pixels(v)), "16px")));
    set("--y", pixels(value("offset-y", (v) => length(pixels(v)), "16px")));
    host.style.setProperty("--z", value("z-index", (v) => /^\d+$/.test(v), "2147483000"));
    set("--color", value("color", (v) => CSS.supports("color", v), "#0f5c63"));
    // Black or white on it, whichever is easier to read; the colour is only known once the page has it.
    requestAnimationFrame(() => set("--ink", inkOn(getComputedStyle(launcher).backgroundColor)));
  }

  function inkOn(color) {
    const rgb = color.match(/[\d.]+/g) || [0, 0, 0];
    const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : Math.pow((c / 255 + 0.055) / 1.055, 2.4));
    const light = 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);
    return light > 0.179 ? "#000" : "#fff"; // where both have the same contrast
  }

  function attach() {
    if (!host.isConnected) document.documentElement.append(host);
  }

  function send(message) {
    if (ready) frame.contentWindow.postMessage({ v: FRAME_VERSION, ...message }, home.origin);
  }

  function load() {
    if (frame) return;
    frame = make("iframe", "hidden");
    frame.title = say.title;
    frame.referrerPolicy = "no-referrer";
    frame.allow = "";
    frame.setAttribute(
      "sandbox",
      "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-top-navigation-to-custom-protocols"
    );
    // The page's own origin goes into the fragment: the frame needs it to answer, the server does not.
    const address = new URL("widget?lang=" + lang + (asked === lang ? "&answers=" + lang : ""), home);
    address.hash = location.origin;
    frame.src = address;
    frame.addEventListener("load", () => ready || limit(AFTER_LOAD));
    limit(PATIENCE);
    panel.append(frame);
  }

  function limit(milliseconds) {
    clearTimeout(late);
    late = setTimeout(away, milliseconds);
  }

  // The server is not there, or does not let this site embed it: leave a plain link to the help page.
  function away() {
    hide();
    const link = make("a", "launcher");
    link.href = given("help", home.href);
    link.target = "_blank";
    link.rel = "noopener";
    label(link, say.link);
    launcher.replaceWith(link);
    panel.remove();
    link.focus();
  }

  function show() {
    attach();
    if (panel.open || !panel.isConnected) return;
    load();
    launcher.setAttribute("aria-expanded", "true");
    panel.setAttribute("aria-modal", String(small.matches));
    // On a small screen the browser itself keeps the focus in the panel and makes the page inert.
    if (small.matches) panel.showModal();
    else panel.show();
    focus();
  }

  function focus() {
    if (!ready) return;
    frame.focus();
    send({ type: "open" });
  }

  function hide() {
    if (panel.open) panel.close(); // gives the focus back to what had it
  }

  function ask(id) {
    if (typeof id !== "string" || !/^[a-z0-9-]{1,80}$/.test(id)) return;
    show();
    entry = id;
    deliver();
  }

  function deliver() {
    if (ready && entry) send({ type: "ask", entry });
    if (ready) entry = "";
  }

  const hear = {
    ready() {
      clearTimeout(late);
      ready = true;
      wait.remove();
      frame.className = "";
      if (document.activeElement === host) focus(); // not when the reader went on in the page meanwhile
      deliver();
    },
    close: hide,
  };

  function message(event) {
    if (!frame || event.source !== frame.contentWindow || event.origin !== home.origin) return;
    const data = event.data;
    if (data && data.v === FRAME_VERSION && Object.hasOwn(hear, data.type)) hear[data.type]();
  }

  function key(event) {
    if (event.key === "Escape" && panel.open && !event.defaultPrevented) hide();
  }

  function resized() {
    if (!panel.open) return;
    panel.close();
    show();
  }

  // A site that redraws its whole document takes the launcher away; put it back.
  const watch = new MutationObserver(attach);

  function start() {
    attach();
    watch.observe(document, { childList: true });
    watch.observe(document.documentElement, { childList: true });
  }

  function destroy() {
    clearTimeout(late);
    watch.disconnect();
    removeEventListener("message", message);
    document.removeEventListener("keydown", key);
    document.removeEventListener("DOMContentLoaded", start);
    small.removeEventListener("change", resized);
    host.remove();
    delete window.IEPHelp;
  }

  launcher.addEventListener("click", () => (panel.open ? hide() : show()));
  close.addEventListener("click", hide);
  panel.addEventListener("close", () => launcher.setAttribute("aria-expanded", String(panel.open)));
  addEventListener("message", message);
  document.addEventListener("keydown", key);
  small.addEventListener("change", resized);
  window.IEPHelp = Object.freeze({ open: show, close: hide, ask, destroy, attach });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
