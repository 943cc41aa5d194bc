/** The order as it will be paid: its goods, the total, and what the merchant receives. */

import { formatAmount } from "../money.mjs";
import { chosenLanguage } from "./language.mjs";
import { price } from "./price.mjs";

/** Writes the receipt each time the form has been checked. */
export function followReceipt(form, core) {
  const [receipt, goods, total, settled, converted] = ["receipt", "receipt-goods", "total", "settled", "converted"].map((name) =>
    form.querySelector(`[data-${name}]`),
  );
  core.then(
    (running) => {
      receipt.hidden = false;
      form.addEventListener("cashier:check", ({ detail: { order } }) => {
        if (!order) return;
        const { currency, value } = order.paymentAmount;
        const figure = currency && value ? price(formatAmount(running, value, currency), currency, chosenLanguage(form)) : "–";
        total.textContent = figure;
        const isConverted = currency === "CNY";
        settled.textContent = isConverted ? (order.settlementCurrency ?? "–") : figure;
        converted.hidden = !isConverted;
        goods.replaceChildren(...order.goods.filter(({ goodsName }) => goodsName).map(line));
      });
    },
    () => {},
  );
}

function line({ goodsName, goodsQuantity = "" }) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  const quantity = document.createElement("span");
  name.textContent = goodsName;
  quantity.textContent = goodsQuantity && `× ${goodsQuantity}`;
  quantity.className = "figures";
  item.append(name, quantity);
  return item;
}
