"use strict";
// The talk in the widget's frame. What was asked lives in `asked` alone and goes away with the frame.
(function () {
  const VERSION = 1; // of the messages between the frame and the page around it
  const TURNS = 10; // earlier questions sent along for follow-ups
  const PATIENCE = 30000; // milliseconds for one answer
  const TRIES = 24; // while the server starts

  const say = JSON.parse(document.body.dataset.words);
  const talk = document.getElementById("iep-talk");
  const start = talk.querySelector(".start");
  const turns = talk.querySelector(".turns");
  const form = document.getElementById("ask");
  const box = document.getElementById("box");
  const note = form.querySelector(".note");
  const anew = document.getElementById("anew");
  const around = parent !== window && /^https?:\/\/[^/]+$/.test(location.hash.slice(1)) ? location.hash.slice(1) : "";
  let asked = [];
  let number = 0;
  let busy = null; // what ends the question under way

  function tell(type) {
    if (around) parent.postMessage({ v: VERSION, type }, around);
  }

  async function ask(text, entry) {
    if (busy || !(text || entry)) return;
    const mine = (busy = new AbortController());
    note.textContent = say.reading;
    const turn = await answer({
      turns: entry ? asked.slice(-TURNS) : [...asked.slice(-TURNS), text],
      entry: entry || null,
      lang: document.body.dataset.answers || null,
      number: ++number,
    }, mine);
    if (busy !== mine) return; // started anew meanwhile
    busy = null;
    if (turn) shown(turn, text);
  }

  async function answer(question, stop) {
    for (let left = TRIES; left; left--) {
      const late = setTimeout(() => stop.abort(), PATIENCE);
      let reply;
      try {
        reply = await fetch("api/turn", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(question),
          signal: stop.signal,
        });
        if (reply.ok) return await reply.json();
      } catch (lost) {
        break;
      } finally {
        clearTimeout(late);
      }
      if (reply.status !== 503) {
        note.textContent = reply.status === 429 ? say.too_many : reply.status === 404 ? "" : say.lost;
        return null;
      }
      note.textContent = say.again;
      await new Promise((go) => setTimeout(go, 1000 * (reply.headers.get("Retry-After") || 5)));
      if (stop.signal.aborted) return null;
    }
    if (busy === stop) note.textContent = say.lost;
    return null;
  }

  function shown(turn, text) {
    asked.push(turn.question);
    turns.insertAdjacentHTML("beforeend", turn.html); // our own, escaped by the server
    start.hidden = true;
    anew.hidden = false;
    if (box.value.trim() === text) box.value = "";
    note.textContent = "";
    announce(say.answer_ready);
    const last = turns.lastElementChild;
    last.scrollIntoView({ block: "start" });
    last.querySelector("h2").focus({ preventScroll: true });
  }

  // Said once to a screen reader, and out of the way of others.
  function announce(text) {
    note.className = "note visually-hidden";
    note.textContent = text;
    setTimeout(function () {
      if (note.textContent === text) note.textContent = "";
      note.className = "note";
    }, 2000);
  }

  function startAnew() {
    if (busy) busy.abort();
    busy = null;
    asked = [];
    turns.replaceChildren();
    start.hidden = false;
    anew.hidden = true;
    note.textContent = "";
    box.value = "";
    box.focus();
  }

  const hear = {
    open() {
      // Not the box: a keyboard that jumps up would hide the starting questions.
      (turns.lastElementChild ? turns.lastElementChild.querySelector("h2") : talk.querySelector("h1")).focus();
    },
    ask(data) {
      if (typeof data.entry === "string" && /^[a-z0-9-]{1,80}$/.test(data.entry)) ask("", data.entry);
    },
  };

  addEventListener("message", function (event) {
    const data = event.data;
    if (!around || event.source !== parent || event.origin !== around || !data || data.v !== VERSION) return;
    if (Object.hasOwn(hear, data.type)) hear[data.type](data);
  });

  document.addEventListener("keydown", function (event) {
    // An open meaning goes first, by the browser's own hand.
    if (event.key === "Escape" && !document.querySelector(":popover-open")) tell("close");
  });

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    ask(box.value.trim());
  });

  box.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    ask(box.value.trim());
  });

  talk.addEventListener("click", function (event) {
    const chip = event.target.closest("[data-ask]");
    const mark = event.target.closest("[data-source]");
    const vote = event.target.closest("[data-vote]");
    if (chip) ask(chip.value);
    if (vote) sendVote(vote);
    if (!mark) return;
    const source = document.getElementById(mark.dataset.source);
    source.open = true;
    source.querySelector("summary").focus();
    source.scrollIntoView({ block: "nearest" });
  });

  // Names the entries of the answer and the vote, nothing of what was asked.
  function sendVote(button) {
    const turn = button.closest("article");
    const vote = { entries: turn.dataset.entries.split(" "), lang: turn.lang, helpful: button.dataset.vote === "yes" };
    turn.querySelectorAll("[data-vote]").forEach((x) => (x.disabled = true));
    fetch("api/vote", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(vote) }).catch(() => {});
    turn.querySelector(".done").textContent = say.thanks;
  }

  anew.addEventListener("click", startAnew);
  tell("ready");
})();
