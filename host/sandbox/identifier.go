package sandbox

import (
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"time"
)

const (
	digitAlphabet  = "0123456789"
	letterAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// newPaymentID is built like the 64 characters of the guide's: a digit, the time of day, the milliseconds of the epoch,
// 16 digits, 10 letters, the date and a counter. The counter alone makes it unique.
func newPaymentID(now time.Time, sequence int, draw *mathrand.Rand) string {
	utc := now.UTC()
	return fmt.Sprintf("1%s%013d%s%s%s%010d", utc.Format("150405"), utc.UnixMilli(), randomText(16, digitAlphabet, draw),
		randomText(10, letterAlphabet, draw), utc.Format("20060102"), sequence)
}

// newPaymentID2025 is built like the 35 digits of 2025. The counter alone makes it unique.
func newPaymentID2025(now time.Time, sequence int) string {
	return now.UTC().Format("20060102") + fmt.Sprintf("1940108001%017d", sequence)
}

// newID is an id of 35 digits that begins with kind and follows from what it stands for.
func (s *Server) newID(kind, subject string) string {
	return kind + s.options.Clock.Now().UTC().Format("20060102150405") + randomText(20, digitAlphabet, s.chance("id", kind, subject))
}

// newSessionID cannot be guessed.
func newSessionID() string { return rand.Text() }

func randomText(length int, alphabet string, draw *mathrand.Rand) string {
	var text strings.Builder
	for range length {
		text.WriteByte(alphabet[draw.IntN(len(alphabet))])
	}
	return text.String()
}
