package gateway

import "errors"

// withoutRedirects takes the doer as it is: there is no default that would not need sockets.
func withoutRedirects(doer Doer) (Doer, error) {
	if doer == nil {
		return nil, errors.New("gateway: HTTPClient is missing")
	}
	return doer, nil
}

// trialSignature: a Worker must not wait for its key while it starts.
const trialSignature = false
