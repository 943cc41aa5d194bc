package sandbox

import (
	"strings"
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

// A reason behind a colon stayed English in a Chinese sentence.
func TestReasonsAreNotHalfTranslated(t *testing.T) {
	_, notJSON := decodeObject([]byte("hello"))
	_, list := decodeObject([]byte("[]"))
	_, twice := decodeObject([]byte(`{"a":1,"a":2}`))
	_, latin1 := decodeObject([]byte("\"\xe9\""))
	_, deep := decodeObject([]byte(strings.Repeat("[", 40) + strings.Repeat("]", 40)))
	for sentence, want := range map[string]string{
		"the body is not usable: " + notJSON.Error():                                       "报文体无法使用：不是 JSON",
		"the body is not usable: " + list.Error():                                          "报文体无法使用：不是 JSON 对象",
		"the body is not usable: " + twice.Error():                                         `报文体无法使用：同一对象中 "a" 出现了两次`,
		"the body is not usable: " + latin1.Error():                                        "报文体无法使用：不是 UTF-8 编码",
		"the acknowledgement is not usable: " + deep.Error():                               "确认报文无法使用：JSON 嵌套超过 32 层",
		"it was not checked: header client-id is required":                                 "未验签：缺少报文头 client-id",
		"header signature cannot be read: " + unread("x"):                                  `报文头 signature 无法解析："x" 不是 name=value 的形式`,
		"header signature cannot be read: " + unread("a=1,a=2"):                            "报文头 signature 无法解析：a 出现了两次",
		"header signature cannot be read: " + unread("algorithm=RSA,signature=AA=="):       "报文头 signature 无法解析：算法为 RSA，而不是 RSA256",
		"header signature cannot be read: " + unread("keyVersion=x,signature=AA=="):        `报文头 signature 无法解析：keyVersion "x" 不是正整数`,
		"header signature cannot be read: " + unread("algorithm=RSA256"):                   "报文头 signature 无法解析：其中没有签名",
		"header signature cannot be read: " + unread("algorithm=RSA256,signature=%zz"):     "报文头 signature 无法解析：签名的百分号编码有误",
		"header signature cannot be read: " + unread("algorithm=RSA256,signature=abc"):     "报文头 signature 无法解析：签名不是 base64",
		"header signature cannot be read: " + unread("algorithm=RSA256,signature=AA%253D"): "报文头 signature 无法解析：签名被百分号编码了两次",
	} {
		if got := (&console{Language: chinese}).Diagnosis(sentence); got != want {
			t.Errorf("%q\ngot  %s\nwant %s", sentence, got, want)
		}
	}
}

func unread(header string) string {
	_, err := parseSignatureHeader(header)
	return err.Error()
}
