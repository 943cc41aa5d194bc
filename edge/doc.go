// The Worker: the part of Cashier that faces shoppers and Alipay, at Cloudflare's edge. The entry, worker.mjs, checks
// notifications and leases instances of this program, which does the business: it starts payments, keeps the
// ledger and tells the merchant.
//
// One lease is one request or one batch of messages; nothing here may go on after its response. What needs the
// platform is in files ending in _js.go; all else also builds and is tested natively.
package main
