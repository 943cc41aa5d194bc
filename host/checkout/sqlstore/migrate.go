package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
)

// migrations bring a database from each version to the next. What is here is never changed: databases have it already.
var migrations = [][]string{
	{
		`CREATE TABLE cashier_orders (
			reference_order_id TEXT PRIMARY KEY,
			record             TEXT NOT NULL,   -- of the core's operation advance
			created_at         BIGINT NOT NULL, -- milliseconds since 1970, as all times
			updated_at         BIGINT NOT NULL,
			due_at             BIGINT,          -- NULL when nothing is outstanding
			payment_status     TEXT NOT NULL,
			summary            TEXT NOT NULL,   -- of advance
			attention          BIGINT NOT NULL,
			undelivered        BIGINT NOT NULL,
			failures           BIGINT NOT NULL DEFAULT 0, -- how often nothing could be decided, since the last time that it could
			failure            TEXT NOT NULL DEFAULT ''
		)`,
		`CREATE INDEX cashier_orders_due ON cashier_orders (due_at) WHERE due_at IS NOT NULL`,
		`CREATE INDEX cashier_orders_created ON cashier_orders (created_at, reference_order_id)`,
		`CREATE INDEX cashier_orders_status ON cashier_orders (payment_status, created_at, reference_order_id)`,
		`CREATE INDEX cashier_orders_attention ON cashier_orders (created_at, reference_order_id) WHERE attention > 0`,
		`CREATE INDEX cashier_orders_undelivered ON cashier_orders (created_at, reference_order_id) WHERE undelivered > 0`,
		`CREATE INDEX cashier_orders_stuck ON cashier_orders (created_at, reference_order_id) WHERE failures > 2`,
		`CREATE TABLE cashier_ids (
			id                 TEXT NOT NULL,
			kind               TEXT NOT NULL, -- paymentRequestId, paymentId or refundRequestId
			reference_order_id TEXT NOT NULL,
			PRIMARY KEY (id, kind, reference_order_id)
		)`,
		`CREATE TABLE cashier_strays (
			id           TEXT PRIMARY KEY,
			at           BIGINT NOT NULL,
			notification TEXT NOT NULL,
			dismissed_at BIGINT,
			dismissed_by TEXT,
			reason       TEXT
		)`,
		`CREATE INDEX cashier_strays_open ON cashier_strays (at, id) WHERE dismissed_at IS NULL`,
	},
}

// migrationLock is the key of the advisory lock under which programs that start at once take turns.
const migrationLock = 0x63617368696572 // "cashier"

// migrate brings the database to this program's version and checks whose it is. All of it is one transaction, so that a
// program that dies in the middle has changed nothing.
func (s *Store) migrate(ctx context.Context, identity Identity) error {
	return s.transaction(ctx, func(tx *sql.Tx) error {
		if s.postgres {
			if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS cashier_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)"); err != nil {
			return err
		}
		text, err := meta(ctx, tx, "version", "0")
		if err != nil {
			return err
		}
		version, err := strconv.Atoi(text)
		if err != nil || version < 0 {
			return fmt.Errorf("the database says %q for its version; it is not one of this program", text)
		}
		if version > len(migrations) {
			return fmt.Errorf("the database has version %d, and this program knows versions up to %d: run the newer program that changed it", version, len(migrations))
		}
		for _, statements := range migrations[version:] {
			for _, statement := range statements {
				if _, err := tx.ExecContext(ctx, statement); err != nil {
					return fmt.Errorf("migration to version %d: %w", len(migrations), err)
				}
			}
		}
		if _, err := tx.ExecContext(ctx, "UPDATE cashier_meta SET value = $1 WHERE name = 'version'", strconv.Itoa(len(migrations))); err != nil {
			return err
		}
		for _, own := range []struct{ name, value, what string }{
			{"clientId", identity.ClientID, "the client id"}, {"origin", identity.Origin, "the public origin"},
		} {
			found, err := meta(ctx, tx, own.name, own.value)
			if err != nil {
				return err
			}
			if found != own.value {
				return fmt.Errorf("the database belongs to %s %s, and this program is configured for %s: give each its own database", own.what, found, own.value)
			}
		}
		return nil
	})
}

// meta reads a value, which is stored now if there is none.
func meta(ctx context.Context, tx *sql.Tx, name, otherwise string) (value string, err error) {
	if _, err := tx.ExecContext(ctx, "INSERT INTO cashier_meta (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", name, otherwise); err != nil {
		return "", err
	}
	err = tx.QueryRowContext(ctx, "SELECT value FROM cashier_meta WHERE name = $1", name).Scan(&value)
	return value, err
}
