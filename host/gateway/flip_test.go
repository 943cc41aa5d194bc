package gateway_test

import (
	"encoding/base64"
	"net/url"
	"testing"
)

// TestAnyFlippedBitIsRefused flips every bit of what a signature covers, and of the signature itself.
func TestAnyFlippedBitIsRefused(t *testing.T) {
	c := client(t, "")
	const target = "/notify?shop=7&x=%2f"
	value := signature(alipay, "1", target, clientID, sentAt, paidBody)
	const before = "algorithm=RSA256,keyVersion=1,signature="
	encoded, err := url.PathUnescape(value[len(before):])
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	verify := func(target, client, time, body string, raw []byte) bool {
		r := notify(target, client, time, before+url.QueryEscape(base64.StdEncoding.EncodeToString(raw)), body)
		_, err := c.VerifyNotification(r)
		return err == nil
	}
	if !verify(target, clientID, sentAt, paidBody, raw) {
		t.Fatal("the whole message is refused")
	}
	flips := 0
	each := func(text string, accepted func(flipped string) bool) {
		t.Helper()
		for bit := range 8 * len(text) {
			flipped := []byte(text)
			flipped[bit/8] ^= 1 << (bit % 8)
			if flips++; accepted(string(flipped)) {
				t.Errorf("accepted with bit %d of %q flipped", bit, text)
			}
		}
	}
	each(paidBody, func(body string) bool { return verify(target, clientID, sentAt, body, raw) })
	each(target, func(target string) bool { return verify(target, clientID, sentAt, paidBody, raw) })
	each(clientID, func(client string) bool { return verify(target, client, sentAt, paidBody, raw) })
	each(sentAt, func(at string) bool { return verify(target, clientID, at, paidBody, raw) })
	each(string(raw), func(raw string) bool { return verify(target, clientID, sentAt, paidBody, []byte(raw)) })
	if flips < 4000 {
		t.Errorf("only %d bits", flips)
	}
}
