export { load } from "./load.mjs";
export { CashierError } from "./error.mjs";
export { validateOrder, validateForm } from "./order.mjs";
export { parseAmount, formatAmount, currencies } from "./money.mjs";
export { nextState, match } from "./payment.mjs";
export { messages } from "./messages.mjs";
