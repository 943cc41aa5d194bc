// Package hosttest helps to test a merchant's server without Alipay: it starts a sandbox in the test's own process ([Start]), pays
// in the shopper's place ([Sandbox.Pay]), moves the time on, and makes signed notifications of any kind ([Message]).
//
// None of it belongs in a running shop.
package hosttest
