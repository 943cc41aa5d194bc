package gateway_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/host/gateway"
)

// An unsigned refusal named the headers that are missing, and not what to look at.
func TestUnsignedRefusalSaysWhatToCheck(t *testing.T) {
	const check = "check the client id, the key version, and that Alipay has your public key"
	for code, want := range map[string]bool{"INVALID_SIGNATURE": true, "CLIENT_INVALID": true, "KEY_NOT_FOUND": true, "UNKNOWN_EXCEPTION": false, "": false} {
		err := &gateway.UnverifiedError{Operation: "pay", Unverified: gateway.Result{ResultStatus: "F", ResultCode: code}, Err: errors.New("cause")}
		if got := err.Error(); strings.Contains(got, check) != want || !strings.HasSuffix(got, ": cause") {
			t.Errorf("%q: %s", code, got)
		}
	}
}
