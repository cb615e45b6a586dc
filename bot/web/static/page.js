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

  function whenReady() {
    const note = document.getElementById("iep-starting");
    fetch("/readyz").then(
      function (answer) {
        if (note) note.hidden = answer.ok;
        if (!answer.ok || !note) setTimeout(whenReady, READY_EVERY);
      },
      function () {
        setTimeout(whenReady, READY_EVERY);
      }
    );
  }

  document.addEventListener("DOMContentLoaded", whenReady);
  // Gradio sets the page's language from the browser; the answers decide it here.
  document.documentElement.lang = "en";
})();
