"use strict";
// Copy a text. Without https a browser offers no clipboard, or it may refuse; the old command still works there.
window.iepCopy = async function (text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch (refused) {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
};
