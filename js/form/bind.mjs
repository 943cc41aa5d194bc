import { validateForm } from "../order.mjs";
import { readFields } from "./fields.mjs";
import { fieldFor, fillSlot, findSlots, slotFor } from "./slots.mjs";
import { writeSummary } from "./summary.mjs";

/**
 * Checks a plain HTML form with core.wasm: each field after it was typed into, everything on submit.
 *
 * A message appears when the person pauses or leaves the field and goes the moment the problem is solved. Until the
 * core is there, and if it never comes, the form behaves as the browser's own and the server checks it.
 * Each check is announced on the form as the event `cashier:check` with the reply as its detail.
 * @param {HTMLFormElement} form
 */
export function bindForm(form, { core, config = {}, language = () => undefined, pause = 700 }) {
  const slots = findSlots(form);
  const status = form.querySelector("[data-status]");
  const summary = form.querySelector("[data-errors]");
  const edited = new Set(); // names of fields that were typed into
  const shown = new Set(); // pointers of slots that show their problems
  const answered = new Set(); // pointers of slots the server filled; only it knows these, so they stay until the field is edited
  for (const [pointer, slot] of slots) {
    if (slot.hidden) continue;
    answered.add(pointer);
    shown.add(pointer);
  }
  let hasSummary = false;
  let running, reply, timer;

  function check() {
    if (!running) return;
    try {
      reply = validateForm(running, readFields(form), { config, language: language() });
    } catch {
      reply = undefined; // the server has the last word anyway
      return;
    }
    show();
    form.dispatchEvent(new CustomEvent("cashier:check", { detail: reply }));
    return reply;
  }

  function show() {
    const messages = new Map();
    for (const { path, message } of reply.errors) {
      const pointer = slotFor(slots, path);
      if (pointer && !messages.has(pointer)) messages.set(pointer, message);
    }
    for (const pointer of slots.keys()) {
      const message = messages.get(pointer);
      if (message === undefined && answered.has(pointer)) continue;
      const visible = shown.has(pointer) && message;
      if (fillSlot(form, slots, pointer, visible || "") && visible && status) status.textContent = message;
    }
    if (hasSummary) {
      const kept = [...answered].filter((pointer) => !messages.has(pointer)).map((path) => ({ path, message: slots.get(path).textContent }));
      const found = reply.errors.filter(({ path }) => shown.has(slotFor(slots, path) ?? ""));
      writeSummary(form, slots, [...found, ...kept]);
    }
  }

  function reveal(name) {
    const pointer = slotFor(slots, name);
    if (!pointer || !edited.has(name) || shown.has(pointer)) return;
    shown.add(pointer);
    if (reply) show();
  }

  function onInput(event) {
    const { name } = event.target;
    // An input method shows letters that are not text yet; they are checked when the word is chosen.
    if (event.isComposing || !name?.startsWith("/")) return;
    edited.add(name);
    answered.delete(name);
    hasSummary ||= summary?.hidden === false;
    clearTimeout(timer);
    timer = setTimeout(reveal, pause, name);
    check();
  }

  function onLeave(event) {
    if (event.target.name?.startsWith("/")) reveal(event.target.name);
  }

  function onSubmit(event) {
    if (!running) return;
    answered.clear();
    hasSummary = true;
    shown.add(""); // the summary, for problems that have no slot
    for (const pointer of slots.keys()) if (fieldFor(form, slots, pointer)) shown.add(pointer);
    if (!check() || reply.valid) return;
    event.preventDefault();
    const wrong = new Set(reply.errors.map(({ path }) => slotFor(slots, path)));
    const first = [...slots.keys()].find((pointer) => wrong.has(pointer) && fieldFor(form, slots, pointer));
    (first ? fieldFor(form, slots, first) : summary)?.focus();
  }

  const listeners = { input: onInput, compositionend: onInput, change: onLeave, focusout: onLeave, submit: onSubmit };
  for (const [type, listener] of Object.entries(listeners)) form.addEventListener(type, listener);

  const ready = Promise.resolve(core).then(
    (loaded) => {
      running = loaded;
      form.noValidate = true; // from here on its own messages take the place of the browser's
      check();
      return true;
    },
    () => false,
  );

  return {
    /** Whether the form is checked here: false when core.wasm could not be loaded. */
    ready,
    /** Checks again, after fields were added, filled or translated by a program. */
    check,
    /** Treats these fields as never typed into, after a program emptied them. */
    forget(...names) {
      for (const name of names) {
        edited.delete(name);
        shown.delete(name);
        answered.delete(name);
      }
    },
    /** Leaves the form to the browser again. */
    unbind() {
      clearTimeout(timer);
      running = undefined;
      form.noValidate = false;
      for (const [type, listener] of Object.entries(listeners)) form.removeEventListener(type, listener);
    },
  };
}
