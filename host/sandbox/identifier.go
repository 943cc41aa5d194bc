package sandbox

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"
)

const (
	digitAlphabet  = "0123456789"
	letterAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// newPaymentID is built like the 64 characters of the guide's: a digit, the time of day, the milliseconds of the epoch,
// 16 digits, 10 letters, the date and a counter. The counter alone makes it unique.
func newPaymentID(now time.Time, sequence int) string {
	utc := now.UTC()
	return fmt.Sprintf("1%s%013d%s%s%s%010d", utc.Format("150405"), utc.UnixMilli(), randomText(16, digitAlphabet),
		randomText(10, letterAlphabet), utc.Format("20060102"), sequence)
}

// newSessionID cannot be guessed.
func newSessionID() string { return rand.Text() }

func randomText(length int, alphabet string) string {
	var text strings.Builder
	buffer := make([]byte, 1)
	limit := 256 - 256%len(alphabet) // above it some characters would be drawn more often
	for text.Len() < length {
		rand.Read(buffer) // never fails
		if int(buffer[0]) < limit {
			text.WriteByte(alphabet[int(buffer[0])%len(alphabet)])
		}
	}
	return text.String()
}
