// The Go program of the Worker: what is off the shopper's path. It serves the operator's calls of package operator over the
// shards of the ledger, and looks after the shards every hour. worker/LEDGER.md describes what it asks of a shard.
//
// One lease is one request or one hour's watch; nothing here may go on after it. What needs the platform is in files ending
// in _js.go; all else also builds and is tested natively.
package main
