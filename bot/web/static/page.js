"use strict";
// The talk on the page: appends each answer, opens sources and meanings, keeps the meeting list, prints, copies.
// Nothing is stored: the talk and the list live in this page's memory and go with it.
(function () {
  const READY_EVERY = 1000; // milliseconds between looks at /readyz while the server starts
  const PRESS_AGAIN = 2000; // milliseconds after which a question that did not leave is sent again
  const HOVER_AFTER = 500; // milliseconds a mouse rests on a term before its meaning opens
  const shown = []; // turns, so that a talk drawn anew can be put back
  const list = []; // questions for the meeting
  let talk = null; // the element that Gradio draws
  let say = {}; // fixed words, in the page's language
  let again = null; // asks once more what got no answer
  let came = ""; // the question whose answer came last

  window.iepTalk = function (element, props, trigger, watch) {
    talk = element;
    say = JSON.parse(element.querySelector("#iep-ready").dataset.words);
    const first = document.getElementById("iep-first");
    if (first) takeOver(first);
    element.addEventListener("click", function (event) {
      const ask = event.target.closest("[data-ask]");
      if (ask) {
        send(function () {
          busy(true);
          trigger("select", { q: ask.value });
          look();
        });
      } else {
        press(event);
      }
    });
    element.addEventListener("mouseover", hover);
    element.addEventListener("submit", (event) => (event.preventDefault(), putOwn()));
    watch("value", function () {
      if (props.value) show(JSON.parse(props.value));
    });
    look();
  };

  // The page that was there before any script: what was typed moves into the real box.
  function takeOver(first) {
    const typed = first.querySelector("textarea").value;
    first.remove();
    if (typed) setBox(typed);
  }

  function setBox(text) {
    const box = askBox();
    if (!box) return setTimeout(setBox, 50, text);
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const turns = () => talk.querySelector(".turns");
  const askBox = () => document.querySelector("#iep-box textarea");

  function show(turn) {
    came = turn.question;
    // What was typed meanwhile stays; so does a question that got no answer.
    if (turn.status !== "failed" && askBox().value === came) setBox("");
    const tapped = talk.contains(document.activeElement);
    // The frame may have been drawn anew: put back what was there.
    if (turns().childElementCount < shown.length) turns().innerHTML = shown.map((t) => t.html).join("");
    // An answer that grows takes the place of what it was before.
    const before = turns().querySelector("[data-growing]");
    if (before) before.remove();
    const grows = turn.status === "growing";
    if (turn.status !== "failed" && !grows) shown.push(turn);
    turns().insertAdjacentHTML("beforeend", turn.html);
    talk.querySelector(".start").hidden = true;
    const last = turns().lastElementChild;
    const heading = last.querySelector("h2");
    if (!before) last.scrollIntoView({ block: "start" });
    if (grows) return last.setAttribute("data-growing", "");
    talk.querySelector(".after").hidden = false;
    busy(false);
    again = null;
    // One announcement: by the focus where a tapped button went away, else by the status line.
    if (tapped && heading) heading.focus({ preventScroll: true });
    else announce(document.getElementById("iep-ready"), say.ready);
  }

  function announce(line, text) {
    line.textContent = "";
    line.textContent = text;
  }

  function busy(on) {
    talk.toggleAttribute("data-busy", on);
    turns().setAttribute("aria-busy", String(on));
  }

  // Meanings of terms open on tap and key by themselves; a mouse that rests on one opens it too.
  function hover(event) {
    const term = event.target.closest(".term");
    if (!term || !window.matchMedia("(hover: hover)").matches) return;
    const meaning = document.getElementById(term.getAttribute("popovertarget"));
    const timer = setTimeout(() => meaning.showPopover(), HOVER_AFTER);
    const leave = () => (clearTimeout(timer), meaning.hidePopover());
    term.addEventListener("mouseleave", leave, { once: true });
    term.addEventListener("click", () => (clearTimeout(timer), term.removeEventListener("mouseleave", leave)), { once: true });
  }

  function press(event) {
    const mark = event.target.closest("[data-source]");
    const tool = event.target.closest("[data-tool]");
    const vote = event.target.closest("[data-vote]");
    if (mark) openSource(mark);
    else if (vote) sendVote(vote);
    else if (tool && tools[tool.dataset.tool]) tools[tool.dataset.tool](tool);
  }

  function openSource(mark) {
    const source = mark.closest("article").querySelector("#" + mark.dataset.source);
    source.open = true;
    source.querySelector("summary").focus();
    source.scrollIntoView({ block: "nearest" });
  }

  const article = (tool) => tool.closest("article");
  const turnOf = (tool) => shown[[...turns().children].indexOf(article(tool))];

  const tools = {
    print: (tool) => print("one", article(tool)),
    "print-talk": () => print("all"),
    "print-list": () => print("list"),
    copy: (tool) => copy(turnOf(tool).text, say.copied, article(tool).querySelector(".done")),
    "copy-list": (tool) => copy(list.join("\n"), say.copied, tool.closest("dialog").querySelector(".done")),
    save: (tool) => save(turnOf(tool).text),
    share: share,
    add: add,
    put: putOwn,
    list: openList,
    remove: (tool) => (list.splice(Number(tool.value), 1), drawList(), focusList()),
    close: (tool) => tool.closest("dialog").close(),
    retry: () => again && send(again),
  };

  function print(what, one) {
    document.body.dataset.print = what;
    if (one) one.setAttribute("data-printed", "");
    window.print();
  }

  // Of the print button and of the browser's own menu alike.
  let opened = [];
  addEventListener("beforeprint", () => {
    talk.querySelectorAll(".today").forEach((x) => (x.textContent = new Date().toLocaleDateString(document.documentElement.lang)));
    opened = [...talk.querySelectorAll("details.source:not([open])")];
    opened.forEach((x) => (x.open = true));
  });
  addEventListener("afterprint", () => {
    opened.forEach((x) => (x.open = false));
    talk.querySelectorAll("[data-printed]").forEach((x) => x.removeAttribute("data-printed"));
    delete document.body.dataset.print;
  });

  function copy(text, done, line, more) {
    iepCopy(text).then(() => (announce(line, done), more && more()));
  }

  function save(text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
    link.download = "iep-answer.txt";
    link.click();
    URL.revokeObjectURL(link.href);
  }

  // The address of an answer names its entry, never the question.
  function share(tool) {
    const one = article(tool);
    const entry = one.dataset.entries.split(" ")[0];
    const url = location.origin + "/answer/" + entry + "?lang=" + one.lang;
    const done = one.querySelector(".done");
    if (navigator.share) return navigator.share({ url: url }).catch(() => {});
    copy(url, say.shared, done, function () {
      for (const [start, name] of [["mailto:?body=", say.mail], ["sms:?&body=", say.sms]]) {
        const link = document.createElement("a");
        Object.assign(link, { href: start + encodeURIComponent(url), className: "tool", textContent: name });
        done.append(" ", link);
      }
    });
  }

  function add(tool) {
    for (const item of article(tool).querySelectorAll(".part.ask li")) if (!list.includes(item.textContent)) list.push(item.textContent);
    tool.textContent = say.added;
    drawList();
  }

  function putOwn() {
    const own = talk.querySelector("#iep-own");
    if (own.value.trim()) list.push(own.value.trim());
    own.value = "";
    own.focus();
    drawList();
  }

  function drawList() {
    const panel = talk.querySelector("#iep-list");
    const rows = list.map(function (text, at) {
      const row = document.createElement("li");
      const name = document.createElement("span");
      name.textContent = text;
      const remove = document.createElement("button");
      Object.assign(remove, { type: "button", className: "tool", value: String(at), textContent: say.remove });
      remove.dataset.tool = "remove";
      remove.setAttribute("aria-label", say.remove + ": " + text);
      row.append(name, remove);
      return row;
    });
    panel.querySelector(".items").replaceChildren(...rows);
    panel.querySelector(".empty").hidden = list.length > 0;
    const button = talk.querySelector(".list-button");
    button.hidden = false;
    button.querySelector(".count").textContent = String(list.length);
  }

  function openList() {
    talk.querySelector("#iep-list").showModal();
    focusList();
  }

  const focusList = () => talk.querySelector("#iep-list-title").focus();

  function sendVote(button) {
    const one = article(button);
    const vote = { entries: one.dataset.entries.split(" "), lang: one.lang, helpful: button.dataset.vote === "yes" };
    one.querySelectorAll("[data-vote]").forEach((x) => (x.disabled = true));
    fetch("/api/vote", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(vote) }).catch(() => {});
    announce(one.querySelector(".done"), say.thanks);
  }

  // One line says that the server starts, is away, or is back.
  function say_(which) {
    const line = document.getElementById("iep-starting");
    line.hidden = !which;
    line.textContent = which ? say[which] : "";
    if (which === "back_again" && again) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "tool", textContent: say.retry });
      button.dataset.tool = "retry";
      line.append(" ", button);
    }
  }

  let lost = false;

  // Looks again until the server is ready, and after a lost connection until it is back.
  function look() {
    fetch("/readyz").then(
      function (answer) {
        say_(answer.ok ? (lost && again ? "back_again" : "") : "starting");
        if (answer.ok) lost = false;
        else setTimeout(look, READY_EVERY);
      },
      function () {
        lost = true;
        busy(false);
        say_("lost");
        setTimeout(look, 2 * READY_EVERY);
      }
    );
  }

  // A question leaves only when the server is there: a lost connection loses nothing, and Gradio never sees it.
  function send(how) {
    again = how;
    fetch("/healthz").then(how, look);
  }
  let passing = false; // while our own click on the button goes through
  function pressAsk() {
    const button = document.getElementById("iep-ask");
    const box = askBox();
    // Gradio draws the box before the button, and before the talk that must be there to take the answer.
    if (!button || !talk) return setTimeout(pressAsk, 50);
    const text = box.value;
    came = "";
    passing = true;
    box.dispatchEvent(new Event("input", { bubbles: true })); // typed before Gradio listened
    button.click();
    passing = false;
    look();
    // A button that is drawn but not wired yet does nothing. While an answer is awaited Gradio takes no second press.
    setTimeout(() => {
      if (text.trim() && box.value === text && came !== text && !lost) pressAsk();
    }, PRESS_AGAIN);
  }
  function typed(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
    send(pressAsk);
  }
  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && !event.shiftKey && event.target.closest("#iep-box")) typed(event);
  }, true);
  document.addEventListener("click", function (event) {
    if (!passing && event.target.closest("#iep-ask")) typed(event);
  }, true);
  // Gradio sets the page's language from the browser whenever it gets to it; the server has set it from the address.
  const page = document.documentElement;
  const lang = page.lang;
  new MutationObserver(() => page.lang !== lang && (page.lang = lang)).observe(page, { attributeFilter: ["lang"] });
})();
