package sandbox

import (
	"testing"
	"unicode"
)

// What the sandbox says of a message is said in the language of the page.
func TestDiagnosesAreTranslated(t *testing.T) {
	in := &inbound{target: "/ams/sandbox/api/v1/payments/pay?%41=1", operation: "pay", url: "http://127.0.0.1/ams/sandbox/api/v1/payments/pay?%41=1"}
	sentences := []string{"the message is not signed", "the answer is not signed", "the sandbox has no key of version 9", "the body is not the one that was signed",
		"another client-id was signed than the one in the header", "the signature has 1 bytes, the key 256",
		"it was made with key version 1, but names key version 2", "it was not checked: header signature is required",
		"it is not by the private key of version 2, or another method, path, client-id, request-time or body was signed"}
	for reason := range otherTargets(in) {
		sentences = append(sentences, reason)
	}
	for reason := range otherBodies([]byte(`{"a": 1}`)) {
		sentences = append(sentences, reason)
	}
	for _, sent := range []string{"1685599933871", "1685599933871000000", seedTime} {
		for reason := range otherTimes(sent) {
			sentences = append(sentences, reason)
		}
	}
	for reason := range otherContents(in, testClient) {
		sentences = append(sentences, reason)
	}
	for reason := range otherAlgorithms {
		sentences = append(sentences, reason)
	}
	sentences = append(sentences, "it was made with the sandbox's private key; sign with the merchant's", requestTimeProblem("1685599933").ResultMessage,
		requestTimeProblem("x").ResultMessage, "header client-id is required", "header client-id is required; there is a header client_id instead",
		"header signature is given twice", "the sandbox knows no client-id x", "the merchant has no key of version 1", "the method must be POST")
	for _, body := range []string{"", "{}", `{"resultStatus":"S","resultCode":"SUCCESS"}`, `{"result":{"resultStatus":"F","resultCode":"SUCCESS"}}`} {
		sentences = append(sentences, checkAcknowledgement(200, []byte(body)).Error())
	}
	sentences = append(sentences, checkAcknowledgement(500, nil).Error())
	page := &console{Language: chinese}
	for _, sentence := range sentences {
		text := page.Diagnosis(sentence)
		han := 0
		for _, r := range text {
			if unicode.Is(unicode.Han, r) {
				han++
			}
		}
		if han == 0 {
			t.Errorf("%q stays as it is", sentence)
		}
		if (&console{Language: english}).Diagnosis(sentence) != sentence {
			t.Errorf("%q is changed in English", sentence)
		}
	}
	if got := page.Diagnosis("the status is 500, not 200"); got != "状态为 500，而不是 200" {
		t.Error(got)
	}
	if got := page.Diagnosis(`result.resultStatus is "F", not "S"`); got != `result.resultStatus 为 "F"，而不是 "S"` {
		t.Error(got)
	}
	if got := page.Diagnosis("EOF"); got != "EOF" {
		t.Error(got)
	}
}
