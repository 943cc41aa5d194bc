/**
 * The places in a form that hold messages: `<p data-error="/paymentAmount/value" hidden>` beside an input, and one
 * `<div data-errors hidden>` for all of them. A server that checks the form without JavaScript fills the same places.
 */

import { namedFields } from "./fields.mjs";

/** The slots of the form by their pointers. Each is tied to its input for screen readers. */
export function findSlots(form) {
  const slots = new Map();
  for (const slot of form.querySelectorAll("[data-error]")) {
    const pointer = slot.dataset.error;
    slot.id ||= `error${pointer.replaceAll("/", "-")}`;
    for (const field of namedFields(form, pointer)) {
      const described = (field.getAttribute("aria-describedby") ?? "").split(/\s+/).filter(Boolean);
      if (!described.includes(slot.id)) field.setAttribute("aria-describedby", [...described, slot.id].join(" "));
    }
    slots.set(pointer, slot);
  }
  return slots;
}

/** The pointer of the slot for a problem: its own or that of the part it lies in; undefined for a problem of the whole form. */
export function slotFor(slots, path) {
  for (let pointer = path; pointer; pointer = pointer.slice(0, pointer.lastIndexOf("/"))) {
    if (slots.has(pointer)) return pointer;
  }
}

/** Writes a message into a slot, or empties it, and marks its inputs. Returns whether that changed anything. */
export function fillSlot(form, slots, pointer, message) {
  const slot = slots.get(pointer);
  if (slot.textContent === message) return false;
  slot.textContent = message;
  slot.hidden = message === "";
  for (const field of namedFields(form, pointer)) {
    if (message) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
  return true;
}

/** The input that a person has to change for this slot. */
export function fieldFor(form, slots, pointer) {
  if (!pointer) return;
  const usable = (field) => !field.disabled && field.type !== "hidden" && field.getClientRects().length > 0;
  return (
    namedFields(form, pointer).find(usable) ??
    [...form.elements].find((field) => field.name?.startsWith(`${pointer}/`) && usable(field))
  );
}
