/** All problems in one place, each a way to its input. */

import { fieldFor, slotFor } from "./slots.mjs";

/** Writes the list into `<div data-errors>` and shows it; nothing to write hides it. */
export function writeSummary(form, slots, problems) {
  const summary = form.querySelector("[data-errors]");
  if (!summary) return;
  const list = document.createElement("ul");
  const order = [...slots.keys()];
  const place = ({ path }) => order.indexOf(slotFor(slots, path));
  for (const { path, message } of problems.toSorted((a, b) => place(a) - place(b))) {
    const item = document.createElement("li");
    const field = fieldFor(form, slots, slotFor(slots, path) ?? path);
    // Without an input to go to, the pointer says what the sentence is about.
    item.append(field ? link(field, message) : path ? `${path}: ${message}` : message);
    list.append(item);
  }
  // Rewritten only when it says something else, or a screen reader would read all of it at each key.
  if (summary.textContent !== list.textContent) summary.replaceChildren(list);
  summary.hidden = problems.length === 0;
}

function link(field, message) {
  const link = document.createElement("a");
  link.textContent = labelOf(field) + message;
  link.href = `#${field.id}`;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    field.focus();
  });
  return link;
}

/** What the field is called on the page, in the language that is visible. */
function labelOf(field) {
  const ids = field.getAttribute("aria-labelledby")?.split(/\s+/) ?? [];
  const labels = ids.length ? ids.map((id) => document.getElementById(id)) : [...(field.labels ?? [])];
  const text = labels.map((label) => label?.innerText.trim()).join(" ").trim();
  return text && text + (field.matches(":lang(zh)") ? "：" : ": ");
}
