/** Which settlement currency can be chosen: any for a payment in yuan, for all others the one that is paid in. */

/** Makes the choice follow the payment currency; `contracted` are the merchant's own settlement currencies, if known. */
export function followCurrency(form, contracted) {
  const payment = form.elements["/paymentAmount/currency"];
  const settlement = form.elements["/settlementCurrency"];
  const locked = form.querySelector("[data-settlement-locked]");
  form.querySelector("[data-settlement-rule]").hidden = true; // it is followed here and need not be explained
  const isOffered = (option) => !contracted || contracted.includes(option.value);
  const byDefault = [...settlement.options].find(({ defaultSelected }) => defaultSelected) ?? settlement.options[0];
  // What a person chose for yuan, never what followed from another currency.
  let chosen = payment.value === "CNY" ? settlement.value : byDefault.value;

  const follow = () => {
    const isFree = payment.value === "CNY";
    settlement.hidden = !isFree;
    locked.hidden = isFree;
    locked.querySelector("[data-settlement-name]").textContent = payment.value;
    for (const option of settlement.options) option.hidden = option.disabled = isFree && !isOffered(option);
    settlement.value = isFree ? chosen : payment.value;
    if (isFree && !isOffered(settlement.selectedOptions[0])) settlement.value = [...settlement.options].find(isOffered)?.value;
  };
  settlement.addEventListener("input", () => (chosen = settlement.value));
  // On input, which comes before the form is checked.
  payment.addEventListener("input", follow);
  follow();
}
