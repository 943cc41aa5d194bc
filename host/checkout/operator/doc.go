// Package operator is the JSON API for the merchant's people: what they see of orders and what they may do with them. Both
// shells serve it, package checkout and the Worker, each with its own [Ledger]. It imports no database and runs in a
// Worker, too.
//
//	GET  /operator/orders                 orders, the newest first; see [Filter]
//	GET  /operator/orders.csv             the same as CSV
//	GET  /operator/orders/{id}            one order with its record, by any of its ids
//	POST /operator/orders/{id}/cancel     {"reason", "paymentRequestId"}
//	POST /operator/orders/{id}/refunds    {"refundRequestId", "refundAmount": {"currency","value"} | "all", "refundReason", "paymentRequestId"}
//	POST /operator/orders/{id}/resend     {"id"} of a message
//	POST /operator/orders/{id}/dismiss    {"id", "reason"} of an entry of attention
//	POST /operator/orders/{id}/settle     {"as": "accept" | "cancel" | "keep", "id", "reason"}
//	POST /operator/orders/{id}/retry      nothing: works on an order at once that is stuck
//	GET  /operator/strays                 notifications of Alipay that belong to no order
//	POST /operator/strays/{id}/dismiss    {"reason"}
//	GET  /operator/status                 how the service is
//
// Every request has "Authorization: Bearer TOKEN". Tokens have names, and the history of an order has the name of the one
// who acted. A token of the role read changes nothing. A body is a JSON object, and unknown members are refused. The
// answer to an action is the order: 200, or 202 while Alipay has not given a clear answer yet. Errors are problem details
// (RFC 9457) with paths into the body.
package operator
