package main

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"syscall/js"
)

// openLedger opens the D1 database bound as LEDGER.
func openLedger() *ledger {
	db := sql.OpenDB(d1{})
	// A connection is nothing; there is no point in keeping one.
	db.SetMaxIdleConns(0)
	return &ledger{db}
}

// d1 is a driver for D1 as far as the ledger needs one: a statement and its rows cross to JavaScript and back as
// one text each. The binding is that of the lease in which a statement runs.
type d1 struct{}

var (
	_ driver.Connector      = d1{}
	_ driver.QueryerContext = d1{}
)

func (c d1) Connect(context.Context) (driver.Conn, error) { return c, nil }
func (d1) Driver() driver.Driver                          { return nil }
func (d1) Close() error                                   { return nil }
func (d1) Begin() (driver.Tx, error)                      { return nil, errors.New("D1 has no transactions") }
func (d1) Prepare(string) (driver.Stmt, error) {
	return nil, errors.New("a statement of the ledger is asked for its rows")
}

// statements are the texts of statements in JavaScript, where each would be decoded again each time. There are as
// many as this program has.
var statements = map[string]js.Value{}

func (d1) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	values := make([]any, len(args))
	for i, arg := range args {
		values[i] = arg.Value
	}
	text, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	statement, found := statements[query]
	if !found {
		statement = js.ValueOf(query)
		statements[query] = statement
	}
	reply, err := service(ctx, queryService, statement, toJS(text))
	if err != nil {
		return nil, err
	}
	rows := &d1Rows{}
	decoder := json.NewDecoder(bytes.NewReader(fromJS(reply)))
	decoder.UseNumber()
	if err := decoder.Decode(&rows.rows); err != nil {
		return nil, fmt.Errorf("D1 answered something else than rows: %w", err)
	}
	if len(rows.rows) == 0 {
		return nil, errors.New("D1 did not name the columns")
	}
	return rows, nil
}

// d1Rows are the rows of an answer; the first are the names of the columns.
type d1Rows struct {
	rows [][]any
	at   int
}

func (r *d1Rows) Columns() []string {
	names := make([]string, len(r.rows[0]))
	for i, name := range r.rows[0] {
		names[i], _ = name.(string)
	}
	return names
}

func (r *d1Rows) Close() error { return nil }

func (r *d1Rows) Next(values []driver.Value) error {
	if r.at++; r.at >= len(r.rows) {
		return io.EOF
	}
	for i, value := range r.rows[r.at] {
		if number, ok := value.(json.Number); ok {
			whole, err := number.Int64()
			if err != nil {
				return err // the ledger has no other numbers
			}
			value = whole
		}
		values[i] = value
	}
	return nil
}
