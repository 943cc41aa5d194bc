//go:build !js

package gateway

import (
	"net/http"
	"time"
)

// withoutRedirects copies a client: neither it nor the caller's setting is changed.
func withoutRedirects(doer Doer) (Doer, error) {
	own := http.Client{Timeout: 15 * time.Second}
	switch client := doer.(type) {
	case nil:
	case *http.Client:
		if client != nil {
			own = *client
		}
	default:
		return doer, nil
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own, nil
}

// trialSignature says that [New] tries a key that is not in memory. A Cloudflare Worker must not wait while it starts.
const trialSignature = true
