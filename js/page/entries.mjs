/** What was entered, kept in the tab: browsers bring it back with Back, and some of them not with a reload. */

const storageKey = "checkout";

/** Brings the entries of this page back where `isAgain` tells that it was here before, and keeps them when it is left. */
export function keepEntries(form, isAgain) {
  try {
    const kept = isAgain ? JSON.parse(sessionStorage.getItem(storageKey) ?? "[]") : [];
    for (const [name, value] of kept) enter(form, name, value);
    addEventListener("pagehide", () => sessionStorage.setItem(storageKey, JSON.stringify([...new FormData(form)])));
  } catch {
    // A browser that keeps nothing: then the page begins as it was served.
  }
}

function enter(form, name, value) {
  for (const field of form.elements) {
    if (field.name !== name) continue;
    if (field.type === "radio") field.checked = field.value === value;
    else field.value = value;
  }
}
