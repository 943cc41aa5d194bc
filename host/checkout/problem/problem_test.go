package problem_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/host/checkout/problem"
	"github.com/edgecashier/cashier/host/gateway"
)

func TestStatus(t *testing.T) {
	for code, want := range map[gateway.Code]int{
		"ORDER_CHANGED": 409, "TOKEN_SIGNATURE": 401, "TOKEN_": 401, "FIELD_REQUIRED": 422, "INTERNAL": 500, "": 422, "PAYMENT_UNKNOWN": 404,
	} {
		if got := problem.Status(code); got != want {
			t.Errorf("%s: got %d, want %d", code, got, want)
		}
	}
}

func TestWrite(t *testing.T) {
	answer := httptest.NewRecorder()
	problem.New("TOO_MANY_REQUESTS", "", "too many").With("Retry-After", "60").Write(answer)
	want := `{"title":"Too Many Requests","status":429,"detail":"too many","errors":[{"code":"TOO_MANY_REQUESTS","path":"","message":"too many"}]}`
	if answer.Code != 429 || answer.Body.String() != want || answer.Header().Get("Retry-After") != "60" ||
		!strings.HasPrefix(answer.Header().Get("Content-Type"), "application/problem+json") {
		t.Errorf("got %d %s %v", answer.Code, answer.Body, answer.Header())
	}
}
