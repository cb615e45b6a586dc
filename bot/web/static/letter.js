"use strict";
// Fill in a letter in the browser: one field for each blank, the letter beside them. Nothing is sent or stored.
(function () {
  const fill = document.querySelector(".fill");
  const sheet = document.querySelector(".sheet");
  const tools = document.querySelector(".tools");
  const done = document.querySelector(".done");
  const heading = document.createElement("h2");
  heading.textContent = fill.dataset.heading;
  const note = document.createElement("p");
  note.textContent = fill.dataset.note;
  fill.append(heading, note);

  // Blanks that say the same are one field: a name is typed once.
  const fields = new Map();
  for (const blank of sheet.querySelectorAll(".blank")) {
    const name = blank.textContent.slice(1, -1);
    if (!fields.has(name)) fields.set(name, []);
    fields.get(name).push(blank);
  }
  let number = 0;
  for (const [name, blanks] of fields) {
    const label = document.createElement("label");
    const field = document.createElement("input");
    field.id = "blank-" + ++number;
    field.autocomplete = "off";
    label.htmlFor = field.id;
    label.textContent = name.charAt(0).toUpperCase() + name.slice(1);
    field.addEventListener("input", function () {
      for (const blank of blanks) {
        blank.textContent = field.value || "[" + name + "]";
        blank.classList.toggle("filled", Boolean(field.value));
      }
    });
    fill.append(label, field);
  }

  tools.hidden = false;
  tools.addEventListener("click", function (event) {
    const tool = event.target.closest("[data-tool]");
    if (!tool) return;
    if (tool.dataset.tool === "print") window.print();
    else copy();
  });

  function copy() {
    const text = [...sheet.querySelectorAll("p")].map((p) => p.innerText).join("\n\n");
    iepCopy(text).then(() => (done.textContent = done.dataset.copied));
  }
})();
