// Package sqlitestore keeps the payments of a sandbox in an SQLite file.
package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"

	_ "modernc.org/sqlite" // the driver

	"github.com/edgecashier/cashier/host/sandbox"
)

// Store is an SQLite file. It is a [sandbox.Store].
type Store struct{ db *sql.DB }

// version is that of the layout below, in SQLite's user_version.
const version = 1

const layout = `CREATE TABLE payments (paymentId TEXT PRIMARY KEY, sequence INTEGER NOT NULL, document TEXT NOT NULL) STRICT;
CREATE INDEX payments_sequence ON payments (sequence);
PRAGMA user_version = 1;`

// Open opens the file, or makes it, for this user alone: it holds what was on the wire.
func Open(ctx context.Context, path string) (*Store, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	file.Close()
	address := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)"}}.Encode()}
	db, err := sql.Open("sqlite", address.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	s := &Store{db}
	if err := s.prepare(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func (s *Store) prepare(ctx context.Context) error {
	var found int
	if err := s.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&found); err != nil {
		return err
	}
	switch found {
	case version:
		return nil
	case 0:
		_, err := s.db.ExecContext(ctx, layout)
		return err
	}
	return fmt.Errorf("the file is of version %d, this is version %d", found, version)
}

// Close closes the file. The sandbox must be closed before.
func (s *Store) Close() error { return s.db.Close() }

// Load implements sandbox.Store.
func (s *Store) Load(ctx context.Context) (documents [][]byte, err error) {
	rows, err := s.db.QueryContext(ctx, "SELECT document FROM payments ORDER BY sequence")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var document []byte
		if err := rows.Scan(&document); err != nil {
			return nil, err
		}
		documents = append(documents, document)
	}
	return documents, rows.Err()
}

// Save implements sandbox.Store.
func (s *Store) Save(ctx context.Context, changed []sandbox.Document, removed []string) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, d := range changed {
		const upsert = `INSERT INTO payments (paymentId, sequence, document) VALUES (?, ?, ?)
			ON CONFLICT (paymentId) DO UPDATE SET sequence = excluded.sequence, document = excluded.document`
		if _, err := tx.ExecContext(ctx, upsert, d.PaymentID, d.Sequence, string(d.JSON)); err != nil {
			return err
		}
	}
	for _, id := range removed {
		if _, err := tx.ExecContext(ctx, "DELETE FROM payments WHERE paymentId = ?", id); err != nil {
			return err
		}
	}
	return tx.Commit()
}
