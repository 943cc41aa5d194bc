// Package sqlstore keeps the records of package checkout in SQLite or PostgreSQL.
//
// SQLite is one file for one program on one machine. PostgreSQL is for any number of programs at once: an order is locked
// by its row while its record is changed, and due work is shared out by rows that nobody else has locked, so each may stop
// at any point and the others go on.
package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	_ "github.com/jackc/pgx/v5/stdlib" // the drivers
	_ "modernc.org/sqlite"

	"github.com/edgecashier/cashier/host/checkout"
	"github.com/edgecashier/cashier/host/checkout/operator"
)

// Store is a [checkout.Store] in a database. It may be used by any number of goroutines at once.
type Store struct {
	read, write *sql.DB // the same for PostgreSQL
	postgres    bool
}

// Identity is what all programs that share a database must have in common: records of another account, or with other
// addresses in them, are of no use to each other.
type Identity struct {
	ClientID string
	Origin   string // the public origin of the service, without a slash at its end
}

// Open opens the database of a URL: sqlite:FILE, or postgres://USER@HOST/DATABASE. It creates the tables, or brings them
// up to date; programs that start at once wait for each other there. It refuses a database that a newer program has
// changed, and one that belongs to another identity. Errors hold no password.
func Open(ctx context.Context, databaseURL string, identity Identity) (*Store, error) {
	s := &Store{}
	var err error
	switch scheme, rest, _ := strings.Cut(databaseURL, ":"); scheme {
	case "sqlite":
		err = s.openSQLite(rest)
	case "postgres", "postgresql":
		err = s.openPostgres(databaseURL)
	default:
		err = errors.New("the database URL must be sqlite:FILE or postgres://USER@HOST/DATABASE")
	}
	if err != nil {
		return nil, named(err)
	}
	if err := s.migrate(ctx, identity); err != nil {
		return nil, named(errors.Join(err, s.Close()))
	}
	return s, nil
}

func named(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("sqlstore: %w", err)
}

func (s *Store) openSQLite(path string) error {
	if path == "" || strings.HasPrefix(path, "//") || strings.Contains(path, ":memory:") {
		return errors.New("sqlite: needs the name of a file, such as sqlite:/var/lib/cashier/cashier.db")
	}
	// The file holds what shoppers bought: it is for this user alone.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	file.Close()
	address := func(more url.Values) string {
		more["_pragma"] = append(more["_pragma"], "busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)")
		return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: more.Encode()}).String()
	}
	if s.write, err = sql.Open("sqlite", address(url.Values{"_txlock": {"immediate"}})); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1) // SQLite has one writer: here the others wait in line, which in the file they would not
	s.read, err = sql.Open("sqlite", address(url.Values{"_pragma": {"query_only(1)"}}))
	return err
}

// maxConnections of one program to PostgreSQL.
const maxConnections = 16

func (s *Store) openPostgres(address string) (err error) {
	if s.write, err = sql.Open("pgx", address); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(maxConnections)
	s.write.SetMaxIdleConns(maxConnections)
	s.write.SetConnMaxIdleTime(5 * time.Minute)
	s.read, s.postgres = s.write, true
	return nil
}

// Close closes the database.
func (s *Store) Close() error {
	err := s.write.Close()
	if s.read != s.write {
		err = errors.Join(err, s.read.Close())
	}
	return err
}

// Ping implements [checkout.Store].
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return named(s.read.QueryRowContext(ctx, "SELECT 1 FROM cashier_meta LIMIT 1").Scan(&one))
}

// locked is the end of a statement that locks the rows it finds. In SQLite a transaction that writes has the whole file.
func (s *Store) locked(clause string) string {
	if s.postgres {
		return clause
	}
	return ""
}

// row is an order in the making.
type row struct {
	id     string
	record string // "" for an order that is not there yet
	ids    []match
}

// match is an id by which an order is found.
type match struct {
	kind operator.Kind
	id   string
}

const selectRow = "SELECT reference_order_id, record, summary FROM cashier_orders "

func readRow(scanner interface{ Scan(...any) error }) (*row, error) {
	var r row
	var summary string
	if err := scanner.Scan(&r.id, &r.record, &summary); err != nil {
		return nil, err
	}
	if summary != "" {
		var known operator.Summary
		if err := json.Unmarshal([]byte(summary), &known); err != nil {
			return nil, err
		}
		r.ids = ids(&known)
	}
	return &r, nil
}

// ids are those by which an order is found, besides its own.
func ids(s *operator.Summary) (list []match) {
	for kind, all := range map[operator.Kind][]string{
		operator.PaymentRequestID: s.PaymentRequestIDs, operator.PaymentID: s.PaymentIDs, operator.RefundRequestID: s.RefundRequestIDs,
	} {
		for _, id := range all {
			list = append(list, match{kind, id})
		}
	}
	return list
}

// transaction runs a piece of work and commits it, unless it fails.
func (s *Store) transaction(ctx context.Context, work func(*sql.Tx) error) error {
	options := &sql.TxOptions{}
	if s.postgres {
		options.Isolation = sql.LevelReadCommitted // rows are locked; whatever the server's default, no other promise is needed
	}
	tx, err := s.write.BeginTx(ctx, options)
	if err != nil {
		return named(err)
	}
	if err := work(tx); err != nil {
		_ = tx.Rollback() // it fails when the connection is lost, and then nothing is committed either
		return err
	}
	return named(tx.Commit())
}

// Update implements [checkout.Store].
func (s *Store) Update(ctx context.Context, referenceOrderID string, decide checkout.Decide) error {
	if !searchable(referenceOrderID) {
		return decideNothing(decide)
	}
	err := s.transaction(ctx, func(tx *sql.Tx) error {
		load := func() (*row, error) {
			return readRow(tx.QueryRowContext(ctx, selectRow+"WHERE reference_order_id = $1"+s.locked(" FOR UPDATE"), referenceOrderID))
		}
		r, err := load()
		if errors.Is(err, sql.ErrNoRows) {
			// The row must be there to be locked; of two that insert it the other one waits here for the first.
			_, err = tx.ExecContext(ctx, "INSERT INTO cashier_orders (reference_order_id, record, created_at, updated_at, payment_status, summary, attention, undelivered)"+
				" VALUES ($1, '', 0, 0, '', '', 0, 0) ON CONFLICT DO NOTHING", referenceOrderID)
			if err == nil {
				r, err = load()
			}
		}
		if err != nil {
			return named(err)
		}
		change, err := decide(r.json())
		switch {
		case err != nil:
			return err
		case change == nil && r.record == "":
			return errNothing // the row must not stay
		case change == nil:
			return nil
		}
		return s.store(ctx, tx, r, change)
	})
	if err == errNothing {
		return nil
	}
	return err
}

// errNothing rolls back a row that was only made to be locked.
var errNothing = errors.New("sqlstore: there is no record to keep")

// decideNothing is for ids that no database could hold.
func decideNothing(decide checkout.Decide) error {
	if _, err := decide(nil); err != nil {
		return err
	}
	return errors.New("sqlstore: the referenceOrderId is not valid UTF-8 without NUL")
}

func searchable(id string) bool { return utf8.ValidString(id) && !strings.ContainsRune(id, 0) }

func (r *row) json() json.RawMessage {
	if r.record == "" {
		return nil
	}
	return json.RawMessage(r.record)
}

func (s *Store) store(ctx context.Context, tx *sql.Tx, r *row, c *checkout.Change) error {
	summary, err := json.Marshal(&c.Summary)
	if err != nil {
		return named(err)
	}
	var due any
	if c.DueAt != 0 {
		due = c.DueAt
	}
	_, err = tx.ExecContext(ctx, "UPDATE cashier_orders SET record = $1, created_at = $2, updated_at = $3, due_at = $4, payment_status = $5, summary = $6,"+
		" attention = $7, undelivered = $8, failures = 0, failure = '' WHERE reference_order_id = $9",
		string(c.Record), c.Summary.CreatedAt, c.Summary.UpdatedAt, due, c.Summary.PaymentStatus, string(summary), c.Summary.Attention, c.Summary.Undelivered, r.id)
	for _, id := range ids(&c.Summary) {
		if err == nil && !slices.Contains(r.ids, id) {
			_, err = tx.ExecContext(ctx, "INSERT INTO cashier_ids (id, kind, reference_order_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", id.id, string(id.kind), r.id)
		}
	}
	return named(err)
}

// UpdateDue implements [checkout.Store].
func (s *Store) UpdateDue(ctx context.Context, now time.Time, decide checkout.Decide) (referenceOrderID string, due bool, err error) {
	err = s.transaction(ctx, func(tx *sql.Tx) error {
		r, err := readRow(tx.QueryRowContext(ctx, selectRow+"WHERE due_at <= $1 ORDER BY due_at LIMIT 1"+s.locked(" FOR UPDATE SKIP LOCKED"), now.UnixMilli()))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return named(err)
		}
		referenceOrderID, due = r.id, true
		change, err := decide(r.json())
		if err != nil || change == nil {
			return err
		}
		return s.store(ctx, tx, r, change)
	})
	return referenceOrderID, due, err
}

// Postpone implements [checkout.Store].
func (s *Store) Postpone(ctx context.Context, referenceOrderID string, until time.Time, reason string) error {
	if reason == "" {
		_, err := s.write.ExecContext(ctx, "UPDATE cashier_orders SET due_at = $1 WHERE reference_order_id = $2", until.UnixMilli(), referenceOrderID)
		return named(err)
	}
	_, err := s.write.ExecContext(ctx, "UPDATE cashier_orders SET due_at = $1, failures = failures + 1, failure = $2 WHERE reference_order_id = $3",
		until.UnixMilli(), strings.ToValidUTF8(strings.ReplaceAll(reason, "\x00", ""), "?"), referenceOrderID)
	return named(err)
}

// Find implements [checkout.Store].
func (s *Store) Find(ctx context.Context, id string) (found []operator.Match, err error) {
	if !searchable(id) {
		return nil, nil
	}
	err = s.each(ctx, func(rows *sql.Rows) error {
		var m operator.Match
		if err := rows.Scan(&m.ReferenceOrderID, &m.Kind); err != nil {
			return err
		}
		found = append(found, m)
		return nil
	}, "SELECT reference_order_id, 'referenceOrderId' FROM cashier_orders WHERE reference_order_id = $1"+
		" UNION ALL SELECT reference_order_id, kind FROM cashier_ids WHERE id = $1 LIMIT 20", id)
	return found, err
}

// Load implements [checkout.Store].
func (s *Store) Load(ctx context.Context, referenceOrderID string) (*operator.Detail, error) {
	if !searchable(referenceOrderID) {
		return nil, checkout.ErrUnknownOrder
	}
	var d *operator.Detail
	err := s.each(ctx, func(rows *sql.Rows) (err error) {
		d = &operator.Detail{}
		var record string
		d.Order, err = readOrder(rows, &record)
		d.Record = json.RawMessage(record)
		return err
	}, "SELECT "+orderColumns+", record FROM cashier_orders WHERE reference_order_id = $1", referenceOrderID)
	if err == nil && d == nil {
		err = checkout.ErrUnknownOrder
	}
	return d, err
}

// NextDue implements [checkout.Store].
func (s *Store) NextDue(ctx context.Context) (time.Time, error) {
	var due sql.NullInt64
	err := s.read.QueryRowContext(ctx, "SELECT MIN(due_at) FROM cashier_orders WHERE due_at IS NOT NULL").Scan(&due)
	if err != nil || !due.Valid {
		return time.Time{}, named(err)
	}
	return time.UnixMilli(due.Int64), nil
}

// each reads the rows of a query.
func (s *Store) each(ctx context.Context, read func(*sql.Rows) error, query string, args ...any) error {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return named(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows); err != nil {
			return named(err)
		}
	}
	return named(rows.Err())
}
