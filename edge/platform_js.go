package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"syscall/js"

	"github.com/syumai/workers/cloudflare/d1"
)

// openLedger opens the D1 database bound as LEDGER.
func openLedger() *ledger {
	db := sql.OpenDB(ledgerConnector{})
	// A connection is nothing but a reference to the binding; keeping none means that each statement uses the
	// binding of its own lease.
	db.SetMaxIdleConns(0)
	return &ledger{db}
}

// ledgerConnector is a [driver.Connector] that looks the binding up for each connection.
type ledgerConnector struct{}

func (ledgerConnector) Connect(ctx context.Context) (driver.Conn, error) {
	connector, err := d1.OpenConnector("LEDGER")
	if err != nil {
		return nil, err
	}
	return connector.Connect(ctx)
}

func (ledgerConnector) Driver() driver.Driver { return &d1.Driver{} }

// send puts a text message on the queue bound under the name, and returns when the queue has it.
func send(ctx context.Context, binding, message string) error {
	promise, err := attempt(func() js.Value {
		return runtimeContext.Get("env").Get(binding).Call("send", message, map[string]any{"contentType": "text"})
	})
	if err != nil {
		return err
	}
	_, err = await(ctx, promise)
	return err
}
