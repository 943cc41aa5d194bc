// Package checkout is the checkout service for one's own servers: orders come in as signed tokens, shoppers are sent to
// Alipay, notifications and inquiries are taken, the merchant hears of results by Standard Webhooks, and operators cancel
// and refund. It does what the Cloudflare Worker of this project does, by the same routes.
//
// Nothing about a payment is decided here. A [Service] loads an order's record, lets the core's operation advance decide,
// stores what comes back in the same transaction, and then does the effects: calls to Alipay and deliveries to the
// merchant, the results of which come back as events. What a crash interrupts is given again when it is due
// ([Service.Run]). docs/record.md describes records and events.
//
// Routes:
//
//	GET  /                         the checkout form, with OrderURL
//	POST /checkout                 an order token, or the fields of the checkout form
//	POST /orders                   an order token from the merchant's server
//	GET  /return/{id}              the shopper's page
//	GET  /payments/{id}            the same as JSON, for scripts
//	POST /notify, /notify/{id}     Alipay's notifications
//	     /operator/…               the operator's calls; package operator lists them
//	GET  /healthz, /readyz         is it running, does the database answer
package checkout
