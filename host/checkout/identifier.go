package checkout

import (
	"io"
	"regexp"
)

// shard is the part of a paymentRequestId that in the Worker names the place of its record. A database has one place.
const shard = "00"

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newPaymentRequestID makes a name of an attempt that nobody can guess: whoever knows it sees the payment's page. 22
// characters out of 62 have 131 bits.
func newPaymentRequestID(from io.Reader) (string, error) {
	id := make([]byte, 0, len(shard)+22)
	id = append(id, shard...)
	var random [32]byte
	for {
		if _, err := io.ReadFull(from, random[:]); err != nil {
			return "", err
		}
		for _, b := range random {
			if b >= 4*62 { // so that each character is equally likely
				continue
			}
			if id = append(id, alphabet[b%62]); len(id) == cap(id) {
				return string(id), nil
			}
		}
	}
}

// paymentRequestIDForm is what such an id may look like, in paths.
var paymentRequestIDForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
