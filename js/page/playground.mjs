/** The playground for integrators. All of it is done here by core.wasm and WebCrypto; nothing that is pasted leaves the page. */

import { load } from "../load.mjs";
import { exampleConfig, exampleNotification, exampleOrder } from "./example.mjs";
import { chosenLanguage, followLanguage } from "./language.mjs";
import { showNotification } from "./show-notification.mjs";
import { showRequest } from "./show-request.mjs";

const form = document.getElementById("playground");
form.addEventListener("submit", (event) => event.preventDefault());

// An example stands where nothing was pasted; a reload keeps what was.
for (const [id, text] of Object.entries({ order: exampleOrder, config: exampleConfig, ...exampleNotification })) {
  const field = document.getElementById(id);
  field.value ||= text;
}

load("/core.wasm").then(
  (core) => {
    const show = () => {
      showRequest(core, form, chosenLanguage(form));
      showNotification(core, form, chosenLanguage(form));
    };
    form.addEventListener("input", show);
    followLanguage(form, performance.getEntriesByType("navigation")[0]?.type === "navigate", show);
    show();
  },
  () => {
    followLanguage(form, true, () => {});
    document.querySelector("[data-unavailable]").hidden = false;
  },
);
