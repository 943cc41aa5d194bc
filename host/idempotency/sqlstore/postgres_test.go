package sqlstore_test

import (
	"testing"

	"github.com/edgecashier/cashier/host/internal/postgrestest"
)

// startPostgres returns the address of an empty database in a throw-away PostgreSQL on the loopback interface.
func startPostgres(t *testing.T) (dsn string) {
	t.Helper()
	return postgrestest.Database(t)
}
