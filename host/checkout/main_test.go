package checkout_test

import (
	"os"
	"testing"

	"github.com/edgecashier/cashier/host/internal/postgrestest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	postgrestest.Stop()
	os.Exit(code)
}
