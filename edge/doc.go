// The Worker: the part of Cashier that faces shoppers and Alipay, at Cloudflare's edge. The entry, worker.mjs, checks
// notifications and order tokens and, in checkout.mjs, has an order paid that nobody has paid yet; for all else it leases
// instances of this program, which does the business: it goes on with payments, keeps the ledger and tells the merchant.
//
// One lease is one request or one batch of messages; nothing here may go on after its response. What needs the
// platform is in files ending in _js.go; all else also builds and is tested natively.
package main
