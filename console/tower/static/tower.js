// Keys for whoever has no hand free for a mouse. Every page works without this file.
(() => {
  "use strict";
  const rows = () => [...document.querySelectorAll("tr.row")];
  let at = -1;

  const go = (step) => {
    const all = rows();
    if (!all.length) return;
    all[at]?.classList.remove("at");
    at = Math.min(all.length - 1, Math.max(0, at + step));
    const row = all[at];
    row.classList.add("at");
    row.scrollIntoView({ block: "nearest" });
    (row.querySelector("a, input, summary") ?? row).focus({ preventScroll: true });
  };

  const act = () => {
    const work = document.getElementById("work");
    if (!work) return;
    const box = rows()[at]?.querySelector("input[type=checkbox]");
    if (box && !document.querySelector("input[name=alert]:checked")) box.checked = true;
    work.scrollIntoView({ block: "nearest" });
    work.querySelector("input[type=radio], textarea")?.focus();
  };

  const keys = {
    j: () => go(1),
    k: () => go(-1),
    x: () => { const box = rows()[at]?.querySelector("input[type=checkbox]"); if (box) box.checked = !box.checked; },
    a: act,
    Enter: () => { const to = rows()[at]?.dataset.href; if (to) location.assign(to); },
    "/": () => document.getElementById("filter")?.focus(),
    "?": () => document.getElementById("keys")?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]), select, textarea, dialog");
    if (event.key === "Escape" && typing) event.target.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    const key = keys[event.key];
    if (!key) return;
    event.preventDefault();
    key();
  });
})();
