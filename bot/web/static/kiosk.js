// The kiosk: attract screen, one visit at a time, and forgetting. Nothing is stored, nothing is left.
// A visit is a copy of a template in the page; to forget it is to throw the copy away with all its listeners.
"use strict";
(() => {
  const IDLE = 60, STILL = 20; // seconds without touch until the question, and from there until all is gone
  const WAIT = 15_000, RETRY = [5_000, 10_000, 20_000, 30_000], LOOK = 15_000; // milliseconds
  const RELOAD = 3_600_000; // a fresh page each hour, when nobody is there
  const SIZES = ["", "large", "larger"];
  const main = document.getElementById("main"), root = document.documentElement;

  let visit = null; // what the person has done: null on the attract screen
  let touched = Date.now(), loaded = Date.now(), failures = 0, looking = 0, round = 0, speech = null;

  const all = (what, where = main) => [...where.querySelectorAll(what)];
  const one = (what, where = main) => where.querySelector(what);

  function put(id) {
    main.replaceChildren(document.getElementById(id).content.cloneNode(true));
    root.lang = one("[lang]")?.lang || "en";
  }

  // --- forgetting -------------------------------------------------------------------------------------------------
  function forget(screen = "attract") {
    visit?.running?.abort();
    hush();
    visit = null;
    root.className = "";
    getSelection()?.removeAllRanges();
    put(screen);
    scrollTo(0, 0);
  }

  function begin(lang) {
    touched = Date.now();
    visit = {lang, turns: [], back: [], screen: "topics", running: null, size: 0};
    put(`visit-${lang}`);
    if (!voice()) all("[data-tool=read], [data-tool=quieter], [data-tool=louder]").forEach((b) => b.remove());
    show("topics");
  }

  // --- screens ----------------------------------------------------------------------------------------------------
  function show(name) {
    hush();
    visit.screen = name;
    for (const screen of all(".screen")) screen.hidden = screen.dataset.screen !== name;
    const screen = one(`[data-screen="${name}"]`);
    one(".kit").hidden = name !== "answer";
    one("[data-tool=back]").hidden = name === "topics";
    one(".said").textContent = "";
    screen.scrollTop = 0;
    (name === "ask" ? one("textarea") : one("[tabindex='-1']", screen))?.focus({preventScroll: true});
    one(".keys").hidden = false;
    pager();
  }

  function go(name) { visit.back.push(visit.screen); show(name); }

  function pager() {
    if (!visit) return;
    const screen = one(".screen:not([hidden])"), more = screen.scrollHeight - screen.clientHeight;
    one(".pager").hidden = more < 8;
    one("[data-tool=up]").disabled = screen.scrollTop < 4;
    one("[data-tool=down]").disabled = screen.scrollTop > more - 4;
  }

  async function ask(text) {
    if (!text.trim()) { one("textarea").focus(); return; }
    const mine = visit, running = new AbortController();
    const timer = setTimeout(() => running.abort(), WAIT);
    mine.running?.abort();
    mine.running = running;
    const typed = mine.screen === "ask";
    if (mine.screen !== "wait") go("wait");
    try {
      const response = await fetch("/kiosk/ask", {
        method: "POST", cache: "no-store", credentials: "omit", signal: running.signal,
        headers: {"Content-Type": "application/json"},
        body: JSON.stringify({turns: [...mine.turns, text].slice(-10), lang: mine.lang}),
      });
      if (!response.ok) throw new Error(response.status);
      const answer = await response.json();
      if (visit === mine && mine.running === running) shown(answer, typed);
    } catch {
      if (visit === mine && mine.running === running) fail();
    } finally {
      clearTimeout(timer);
    }
  }

  function shown(answer, typed) {
    visit.running = null;
    // The server's own escaped HTML. The question came back with personal details masked; only that is kept.
    one(".reply").innerHTML = answer.html;
    visit.turns = [...visit.turns, answer.question].slice(-9);
    visit.back = visit.back.filter((name) => name !== "wait" && name !== "answer" && name !== "take");
    if (typed) freshBox();
    one(".code").innerHTML = answer.take;
    one(".where").textContent = one(".code .address")?.textContent || "";
    one(".today").textContent = new Date().toLocaleDateString(visit.lang);
    one("[data-tool=take]").hidden = !answer.take;
    const print = one("[data-tool=print]");
    if (print) print.hidden = answer.status === "abstained";
    show("answer");
    one(".reply .asked").focus({preventScroll: true});
  }

  // A new box, because a box remembers what was undone in it.
  function freshBox() {
    const box = one("textarea"), fresh = box.cloneNode(false);
    fresh.value = "";
    box.replaceWith(fresh);
  }

  // --- keyboard ---------------------------------------------------------------------------------------------------
  const KEYS = {
    shift() {
      const on = one("[data-key=shift]").getAttribute("aria-pressed") !== "true";
      one("[data-key=shift]").setAttribute("aria-pressed", on);
      for (const key of all("[data-layer=letters] .key"))
        key.textContent = key.dataset.key = on ? key.dataset.key.toUpperCase() : key.dataset.key.toLowerCase();
    },
    layer(box, button) {
      all(".layer").forEach((layer) => { layer.hidden = !layer.hidden; });
      swap(button);
    },
    left(box) { box.setSelectionRange(Math.max(0, box.selectionStart - 1), Math.max(0, box.selectionStart - 1)); },
    right(box) { box.setSelectionRange(box.selectionEnd + 1, box.selectionEnd + 1); },
    space(box) { box.setRangeText(" ", box.selectionStart, box.selectionEnd, "end"); },
    delete(box) {
      const start = box.selectionStart === box.selectionEnd ? Math.max(0, box.selectionStart - 1) : box.selectionStart;
      box.setRangeText("", start, box.selectionEnd, "end");
    },
  };

  function press(button) {
    const key = button.dataset.key, box = one(visit ? "textarea" : "#pin");
    if (KEYS[key]) KEYS[key](box, button);
    else if (box.value.length < box.maxLength) {
      box.setRangeText(key, box.selectionStart, box.selectionEnd, "end");
      if (one("[data-key=shift][aria-pressed=true]")) KEYS.shift();
    }
    box.scrollTop = box.scrollHeight;
  }

  function swap(button) {
    [button.textContent, button.dataset.other] = [button.dataset.other, button.textContent];
  }

  // --- what can be done with an answer ----------------------------------------------------------------------------
  const TOOLS = {
    back() { visit.running?.abort(); visit.running = null; show(visit.back.pop() || "topics"); },
    lang(button) { const size = visit.size, low = root.classList.contains("low"); begin(button.value); look(size, low); },
    size() { look((visit.size + 1) % SIZES.length, root.classList.contains("low")); },
    move() { look(visit.size, !root.classList.contains("low")); },
    up() { scroll(-1); },
    down() { scroll(1); },
    take() { go("take"); },
    print(button) { window.print(); one(".said").textContent = button.dataset.said; },
    read(button) { speech ? hush() : speak(button); },
    quieter() { louder(-0.2); },
    louder() { louder(0.2); },
  };

  function look(size, low) {
    if (low !== root.classList.contains("low")) swap(one("[data-tool=move]"));
    visit.size = size;
    root.className = [SIZES[size], low ? "low" : ""].filter(Boolean).join(" ");
    pager();
  }

  function scroll(way) {
    const screen = one(".screen:not([hidden])");
    screen.scrollBy({top: way * screen.clientHeight * 0.8});
    setTimeout(pager, 400);
  }

  // --- reading aloud: only with a voice that is on this machine -----------------------------------------------------
  function voice() {
    const own = (window.speechSynthesis?.getVoices() || []).filter((v) => v.localService);
    return own.find((v) => v.lang.replace("_", "-").toLowerCase().startsWith(visit?.lang || root.lang));
  }

  function speak(button) {
    const texts = all(".reply :is(.part, .card, .aside) :is(h4, p:not(.marks), li), .reply .answer > :is(p, ul > li)");
    speech = {texts: [...new Set(texts)].map((x) => x.textContent), at: 0, volume: 0.8, button};
    swap(button);
    say();
  }

  function say() {
    const mine = speech;
    if (mine.at >= mine.texts.length) return hush();
    const part = new SpeechSynthesisUtterance(mine.texts[mine.at]);
    part.voice = voice();
    part.lang = visit.lang;
    part.volume = mine.volume;
    mine.part = part;
    part.onend = () => { if (speech === mine && mine.part === part) { touched = Date.now(); mine.at += 1; say(); } };
    speechSynthesis.speak(part);
  }

  function hush() {
    if (!speech) return;
    swap(speech.button);
    speech = null;
    speechSynthesis.cancel();
  }

  function louder(step) {
    if (!speech) return;
    speech.volume = Math.min(1, Math.max(0.2, speech.volume + step));
    speech.part = null;
    speechSynthesis.cancel();
    say();
  }

  // --- nobody there -------------------------------------------------------------------------------------------------
  function tick() {
    if (!visit && !one(".staff")) return;
    const left = Math.ceil(IDLE + STILL - (Date.now() - touched) / 1000), still = one(".still");
    if (left <= 0) return forget();
    if (!still || left > STILL) return;
    if (!still.open) {
      hush();
      still.showModal();
      one("[role=status]", still).textContent = `${STILL}`;
    }
    one(".left").textContent = left;
  }

  function seen() {
    touched = Date.now();
    const still = one(".still");
    if (still?.open) still.close();
  }

  // --- the server gone ------------------------------------------------------------------------------------------------
  function fail() {
    failures = 0;
    forget("fault");
    clearTimeout(looking);
    round += 1; // a look that is under way saw the server before it failed
    looking = setTimeout(check, RETRY[0]);
  }

  async function check() {
    const mine = round += 1;
    let ready = false;
    try {
      ready = (await fetch("/readyz", {cache: "no-store", signal: AbortSignal.timeout(5_000)})).ok;
    } catch { /* said on the screen */ }
    if (mine !== round) return;
    const idle = !visit && !one(".staff");
    if (idle && !ready) { if (!one(".fault")) put("fault"); }
    else if (idle && one(".fault")) forget();
    else if (idle && Date.now() - loaded > RELOAD) { location.reload(); return; }
    failures = ready ? 0 : failures + 1;
    looking = setTimeout(check, ready ? LOOK : RETRY[Math.min(failures, RETRY.length) - 1]);
  }

  // --- staff ------------------------------------------------------------------------------------------------------------
  async function enter(form) {
    const pin = form.elements.pin.value;
    form.elements.pin.value = "";
    try {
      const response = await fetch("/kiosk/staff", {
        method: "POST", cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(WAIT),
        headers: {"Content-Type": "application/json"}, body: JSON.stringify({pin, lang: "en"}),
      });
      const {html, said} = await response.json();
      if (!one(".staff")) return;
      one(".said").textContent = said || "";
      if (html) { form.remove(); one(".report").innerHTML = html; one(".staff h1").focus(); }
    } catch {
      if (one(".staff")) fail();
    }
  }

  // --- hands --------------------------------------------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const {start, go: name, ask: question, key, tool, source} = button.dataset;
    if (start) begin(start);
    else if ("staff" in button.dataset) { touched = Date.now(); put("staff"); one(".staff h1").focus(); }
    else if ("done" in button.dataset) forget();
    else if ("yes" in button.dataset) seen();
    else if (name) go(name);
    else if (question !== undefined) ask(button.value);
    else if ("send" in button.dataset) ask(one("textarea").value);
    else if (key) press(button);
    else if (tool) TOOLS[tool](button);
    else if (source) open(source);
  });

  function open(id) {
    const source = document.getElementById(id);
    source.open = true;
    source.querySelector("summary").focus();
    source.scrollIntoView({block: "start"});
    setTimeout(pager, 400);
  }

  for (const kind of ["pointerdown", "keydown", "wheel", "input"])
    document.addEventListener(kind, () => { touched = Date.now(); }, {capture: true, passive: true});
  document.addEventListener("scroll", () => pager(), {capture: true, passive: true});
  addEventListener("resize", () => pager());
  main.addEventListener("toggle", () => pager(), true);
  main.addEventListener("cancel", () => seen(), true); // the Escape key answers "Are you still there?" too

  document.addEventListener("pointerdown", (event) => {
    if (event.target.id === "own") { one(".keys").hidden = false; pager(); }
  });
  document.addEventListener("pointerdown", (event) => {
    if (event.target.closest(".key")) event.preventDefault(); // the caret stays where it is
  });
  document.addEventListener("mousedown", (event) => { if (event.target.closest(".key")) event.preventDefault(); });
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "own") return;
    if (event.key.length === 1) { one(".keys").hidden = true; pager(); } // a real keyboard is used
    if (event.key === "Enter") { event.preventDefault(); ask(event.target.value); }
  });
  document.addEventListener("submit", (event) => { event.preventDefault(); enter(event.target); });
  for (const kind of ["contextmenu", "dragstart", "dragover", "drop", "gesturestart"])
    document.addEventListener(kind, (event) => event.preventDefault());

  // Back shows the attract screen: one entry of ours lies on top, and is put there again.
  if (history.state !== "kiosk") history.pushState("kiosk", "");
  addEventListener("popstate", () => { forget(); history.pushState("kiosk", ""); });
  addEventListener("pageshow", (event) => { if (event.persisted) forget(); });

  window.speechSynthesis?.getVoices(); // asking makes the browser load them
  setInterval(tick, 1_000);
  check();
})();
