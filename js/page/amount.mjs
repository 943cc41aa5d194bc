/** The amount, written back the way its currency is written once the person has finished typing it. */

import { formatAmount, parseAmount } from "../money.mjs";

export function tidyAmount(form, core, changed) {
  const amount = form.elements["/paymentAmount/value"];
  const currency = form.elements["/paymentAmount/currency"];
  const example = form.querySelector("[data-example]");
  core.then(
    (running) => {
      const tidy = () => {
        try {
          amount.value = formatAmount(running, parseAmount(running, amount.value, currency.value), currency.value);
          changed();
        } catch {
          // Not an amount of this currency: it stays as typed, with its message beside it.
        }
      };
      const exemplify = () => (example.textContent = formatAmount(running, "123450", currency.value));
      amount.addEventListener("change", tidy);
      currency.addEventListener("change", exemplify);
      currency.addEventListener("change", tidy);
      exemplify();
    },
    () => {},
  );
}
