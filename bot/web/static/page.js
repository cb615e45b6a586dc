"use strict";
// The talk on the page: appends each answer, opens sources, keeps the focus, says once that an answer is ready.
(function () {
  const READY_EVERY = 1000; // milliseconds between looks at /readyz while the server starts

  window.iepTalk = function (element, props, trigger, watch) {
    const turns = () => element.querySelector(".turns");
    const shown = [];

    element.addEventListener("click", function (event) {
      const ask = event.target.closest("[data-ask]");
      const mark = event.target.closest("[data-source]");
      if (ask) {
        busy(true);
        trigger("select", { q: ask.textContent });
      } else if (mark) {
        const source = document.getElementById(mark.dataset.source);
        source.open = true;
        source.querySelector("summary").focus();
        source.scrollIntoView({ block: "nearest" });
      }
    });

    watch("value", function () {
      if (!props.value) return;
      const turn = JSON.parse(props.value);
      // The frame may have been drawn anew: put back what was there.
      if (turns().childElementCount < shown.length) turns().innerHTML = shown.join("");
      if (turn.status !== "failed") shown.push(turn.html);
      turns().insertAdjacentHTML("beforeend", turn.html);
      element.querySelector(".start").hidden = true;
      busy(false);
      const status = element.querySelector("[role=status]");
      status.textContent = "";
      status.textContent = status.dataset.ready;
      const last = turns().lastElementChild;
      last.scrollIntoView({ block: "start" });
      const heading = last.querySelector("h3");
      if (heading) heading.focus({ preventScroll: true });
    });

    function busy(on) {
      element.toggleAttribute("data-busy", on);
    }
  };

  const note = () => document.getElementById("iep-starting");

  function say(which) {
    const line = note();
    if (!line) return;
    line.hidden = !which;
    if (which) line.textContent = line.dataset[which];
  }

  // Looks again until the server is ready, and after a lost connection until it is back.
  function look() {
    fetch("/readyz").then(
      function (answer) {
        say(answer.ok ? "" : "starting");
        if (!answer.ok || !note()) setTimeout(look, READY_EVERY);
      },
      function () {
        say("lost");
        setTimeout(look, 3 * READY_EVERY);
      }
    );
  }

  // The question stays in its box until its answer is there, so a lost connection loses nothing.
  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && event.target.closest("#iep-box")) look();
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest("#iep-ask")) look();
  });
  document.addEventListener("DOMContentLoaded", look);
  // Gradio sets the page's language from the browser; the answers decide it here.
  document.documentElement.lang = "en";
})();
