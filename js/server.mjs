export { CashierError } from "./error.mjs";
export { cancelPayment, createRefund, inquirePayment, inquireRefund } from "./server/calls.mjs";
export { checkKeys } from "./server/check.mjs";
export { verifyNotification } from "./server/notification.mjs";
export { createPayment } from "./server/payment.mjs";
export { explain } from "./server/explain.mjs";
