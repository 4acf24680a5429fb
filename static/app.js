// Progressive extras only. Every page works without this file.
"use strict";

const said = JSON.parse(document.getElementById("words").textContent); // this file's words in the reader's language
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

// copy, dialogs, menus ------------------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const copy = closest(event, "[data-copy]");
  if (copy) {
    const label = copy.querySelector("[data-copy-label]") || copy;
    const say = (words) => {
      label.setAttribute("role", "status");
      label.textContent = words;
      setTimeout(() => (label.textContent = said.copy), 2000);
    };
    if (navigator.clipboard) navigator.clipboard.writeText(copy.dataset.copy).then(() => say(said.copied), () => say(said.select));
    else say(said.select); // no clipboard outside https
  }
  const opener = closest(event, "[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog && dialog.showModal) { event.preventDefault(); dialog.showModal(); }
  const closer = closest(event, "[data-close]");
  if (closer) closer.closest("dialog")?.close();
  for (const menu of document.querySelectorAll("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) { menu.open = false; menu.querySelector("summary").focus(); }
});

// a link to a field unfolds what hides it, and goes there
document.addEventListener("click", (event) => {
  const link = closest(event, 'a[href^="#"]');
  const field = link && document.getElementById(link.getAttribute("href").slice(1));
  if (!field?.matches("input, select, textarea, button")) return;
  event.preventDefault();
  for (let part = field.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  field.focus({ preventScroll: true });
  field.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
});

// countdowns: the server's words, again each minute -----------------------------------------------------------
const words = (ms) => {
  const ways = said[ms < 0 ? "late" : "left"];
  const all = Math.floor(Math.abs(ms) / 60000), days = Math.floor(all / 1440), hours = Math.floor((all % 1440) / 60), minutes = all % 60;
  return fill(ways[days ? (days === 1 ? 0 : 1) : hours ? 2 : 3], { days, hours, minutes });
};
const tick = () => {
  for (const clock of document.querySelectorAll("time[data-countdown]")) {
    const ms = new Date(clock.dateTime) - Date.now();
    if (Number.isNaN(ms)) continue;
    clock.textContent = words(ms);
    clock.classList.toggle("text-breach", ms < 0);
  }
};
setInterval(tick, 60000);

// forms: one click, one effect; the server holds it too -------------------------------------------------------
const busy = (form, on, button) => {
  if (on) form.dataset.busy = "1"; else delete form.dataset.busy;
  if (on && button) button.setAttribute("aria-busy", "true");
  if (!on) for (const one of form.querySelectorAll("[aria-busy]")) one.removeAttribute("aria-busy");
};
document.addEventListener("submit", (event) => {
  const form = event.target;
  // getAttribute: a field that is called "method", as on the checkout, stands before the form's own property
  if (event.defaultPrevented || (form.getAttribute("method") || "get").toLowerCase() !== "post") return;
  if (form.dataset.busy) { event.preventDefault(); return; }
  busy(form, true, event.submitter || form.querySelector("[type=submit]"));
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt?.closest?.("form");
  if (form) busy(form, false);
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.querySelectorAll("form[data-busy]")) busy(form, false);
});

// polling: quiet while nobody looks, and never under the reader's hands ---------------------------------------
const inUse = (part) => part.querySelector("dialog[open], details[open] form :focus") || (part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select, button"));
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.detail.elt;
  if (!part.hasAttribute?.("data-poll")) return;
  const target = event.detail.target || part;
  if (document.hidden || inUse(target)) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !window.htmx) return;
  tick();
  for (const part of document.querySelectorAll("[data-poll]")) window.htmx.trigger(part, "poll");
});
document.addEventListener("htmx:afterSwap", tick);

// toasts: 8 seconds, longer while pointed at ------------------------------------------------------------------
const fade = (toast) => {
  toast.dataset.fading = "1";
  const wait = () => setTimeout(() => (toast.matches(":hover, :focus-within") ? wait() : toast.remove()), 8000);
  wait();
};
const toasts = () => document.querySelectorAll("[data-toast]:not([data-fading])").forEach(fade);
document.addEventListener("htmx:oobAfterSwap", toasts);

// files: drop them, see their names ---------------------------------------------------------------------------
const zoneOf = (event) => closest(event, "[data-dropzone]");
for (const [name, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
  document.addEventListener(name, (event) => {
    const zone = zoneOf(event);
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("over", over);
    const input = zone.querySelector("input[type=file]");
    if (name === "drop" && event.dataTransfer.files.length) {
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}
document.addEventListener("change", (event) => {
  const list = zoneOf(event)?.querySelector("[data-dropzone-list]");
  if (!list || event.target.type !== "file") return;
  list.replaceChildren(...Array.from(event.target.files, (file) => {
    const row = document.createElement("li");
    row.textContent = `${file.name}, ${Math.max(1, Math.round(file.size / 1024)).toLocaleString("en")} kB`;
    return row;
  }));
});

// files, each in its own request with its progress; without scripts the form sends them all -----------------------
const send = (form, file, say) => new Promise((done) => {
  const body = new FormData(), request = new XMLHttpRequest();
  for (const [name, value] of new FormData(form)) if (!(value instanceof File) && name !== "whole") body.append(name, value);
  body.append("batch", String(Date.now()));
  body.append(form.querySelector("input[type=file]").name, file, file.name);
  body.append("whole", "1"); // last: what arrives without it broke off
  request.open("POST", form.getAttribute("action"));
  request.setRequestHeader("HX-Request", "true");
  request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) say(event.loaded / event.total); });
  request.addEventListener("loadend", () => {
    const answer = new DOMParser().parseFromString(request.responseText, "text/html");
    if (request.status === 201) return done({ receipt: answer.querySelector("[data-receipt]") });
    const sentence = [409, 422].includes(request.status) ? answer.querySelector("[role=alert]")?.textContent.trim() : "";
    done({ sentence: sentence || fill(said.lost, { name: file.name }) });
  });
  request.send(body);
});
document.addEventListener("submit", async (event) => {
  const form = event.target, input = form.querySelector("input[type=file]");
  if (!form.hasAttribute("data-upload") || !input.files.length) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  const rows = form.querySelector("[data-upload-rows]"), failed = new DataTransfer();
  busy(form, true, event.submitter || form.querySelector("[type=submit]"));
  rows.replaceChildren();
  for (const file of Array.from(input.files)) {
    const row = document.createElement("li"), bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", fill(said.sending, { name: file.name }));
    row.append(`${file.name} `, bar);
    rows.append(row);
    const { receipt, sentence } = await send(form, file, (part) => (bar.value = part));
    if (receipt) { row.replaceWith(receipt); continue; }
    row.className = "font-semibold text-breach";
    row.textContent = sentence;
    failed.items.add(file);
  }
  input.files = failed.files; // what was refused stays chosen
  input.dispatchEvent(new Event("change", { bubbles: true }));
  busy(form, false);
  const list = form.dataset.upload;
  if (window.htmx && document.querySelector(list)) window.htmx.ajax("GET", location.pathname + location.search, { target: list, select: list, swap: "outerHTML" });
}, true);

document.querySelector("[data-focus]")?.focus();
tick();
toasts();
