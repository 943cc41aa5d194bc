/** The checkout page: the form helper, and what only this page does. Without it the same form posts to the same address. */

import { bindForm } from "../form.mjs";
import { load } from "../load.mjs";
import { followCurrency } from "./currency.mjs";
import { keepEntries } from "./entries.mjs";
import { growGoods } from "./goods.mjs";
import { chosenLanguage, followLanguage } from "./language.mjs";
import { tidyAmount } from "./amount.mjs";
import { followReceipt } from "./receipt.mjs";
import { followSubmission } from "./submission.mjs";

const core = load("/core.wasm");
const form = document.getElementById("checkout");
const config = JSON.parse(form.dataset.config ?? "{}");

// What a person chose before comes back with the server's answer, the back button or a reload; only a fresh page is guessed for.
const answered = form.querySelector("[data-errors]:not([hidden]), [data-error]:not([hidden])") !== null;
const fresh = !answered && performance.getEntriesByType("navigation")[0]?.type === "navigate";
keepEntries(form, !answered && !fresh);
if (fresh && matchMedia("(hover: none) and (pointer: coarse)").matches) form.querySelector('[value="WAP"]').checked = true;

const changed = () => bound.check();
followLanguage(form, fresh, () => changed());
followCurrency(form, config.settlementCurrencies);
followReceipt(form, core);
const bound = bindForm(form, { core, config, language: () => chosenLanguage(form) });
tidyAmount(form, core, changed);
growGoods(form, bound);
followSubmission(form, bound);
