package sandbox

import (
	"bufio"
	"bytes"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// What the official SDKs send and look for, on raw sockets: net/http would hide how header names are spelt.

// rawAnswer sends the text of a request and returns the head and the body of the answer as they came.
func rawAnswer(t *testing.T, address, request string) (head, body string) {
	t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, request); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(connection)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ = strings.Cut(string(text), "\r\n\r\n")
	return head, body
}

// rawCall is a signed call as text, with lower-case names and escapes as .NET writes them.
func rawCall(target, version, sent, body string) string {
	signature := testSign(testKeys()[0], version, target, testClient, sent, []byte(body))
	signature = strings.NewReplacer("%2B", "%2b", "%2F", "%2f", "%3D", "%3d").Replace(signature)
	return fmt.Sprintf("POST %s HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: application/json; charset=UTF-8\r\nclient-id: %s\r\nrequest-time: %s\r\n"+
		"signature: %s\r\nagent-token: \r\ncontent-length: %d\r\n\r\n%s", target, testClient, sent, signature, len(body), body)
}

// rawHeader finds a header by its exact spelling.
func rawHeader(head, name string) (string, bool) {
	_, rest, found := strings.Cut(head, "\r\n"+name+": ")
	value, _, _ := strings.Cut(rest, "\r\n")
	return value, found
}

// opensslVerify checks a signature with a program that shares no code with Go.
func opensslVerify(t *testing.T, key *rsa.PublicKey, header, content string) {
	t.Helper()
	tool := needsTool(t, "openssl")
	_, encoded, _ := strings.Cut(header, "signature=")
	text, err := url.PathUnescape(encoded)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatalf("%q: %v", header, err)
	}
	folder := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	public := write("public.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER(key)}))
	command := exec.Command(tool, "dgst", "-sha256", "-verify", public, "-signature", write("signature", signature))
	command.Stdin = strings.NewReader(content)
	if said, err := command.CombinedOutput(); err != nil {
		t.Errorf("openssl: %v %s for %q", err, said, content)
	}
}

func mustJSON(t *testing.T, tree any) string {
	t.Helper()
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The Python and PHP SDKs find the headers of an answer in lower case only.
func TestAnswerHeadersAreLowerCaseOnTheSocket(t *testing.T) {
	b := newBench(t, nil)
	good := mustJSON(t, order(nil))
	const sent = "1685599933871"
	for name, test := range map[string]struct {
		request string
		target  string // signed by the answer, "" for an unsigned one
		code    string
	}{
		"accepted":                        {rawCall(payTarget, "2", sent, good), payTarget, "PAYMENT_IN_PROCESS"},
		"signed refusal":                  {rawCall(payTarget, "2", sent, "{}"), payTarget, "PARAM_ILLEGAL"},
		"a call that does not exist":      {rawCall("/ams/api/v1/payments/give", "2", sent, "{}"), "/ams/api/v1/payments/give", "NO_INTERFACE_DEF"},
		"a call of another product":       {rawCall("/ams/api/v1/authorizations/consult", "2", sent, "{}"), "/ams/api/v1/authorizations/consult", "NO_INTERFACE_DEF"},
		"unsigned: unknown key version":   {rawCall(payTarget, "1", sent, good), "", "KEY_NOT_FOUND"},
		"unsigned: tampered body":         {strings.Replace(rawCall(payTarget, "2", sent, good), `"WEB"`, `"WAP"`, 1), "", "INVALID_SIGNATURE"},
		"unsigned: unknown call, no name": {strings.Replace(rawCall("/ams/api/v1/payments/give", "2", sent, "{}"), testClient, "SANDBOX_OTHER", 1), "", "NO_INTERFACE_DEF"},
	} {
		t.Run(name, func(t *testing.T) {
			head, body := rawAnswer(t, b.url, test.request)
			if !strings.HasPrefix(head, "HTTP/1.1 200 OK\r\n") || !strings.Contains(body, `"resultCode":"`+test.code+`"`) {
				t.Fatalf("%s\n%s", head, body)
			}
			client, hasClient := rawHeader(head, "client-id")
			at, hasTime := rawHeader(head, "response-time")
			signature, hasSignature := rawHeader(head, "signature")
			if test.target == "" {
				if lower := strings.ToLower(head); strings.Contains(lower, "signature") || strings.Contains(lower, "client-id") || strings.Contains(lower, "response-time") {
					t.Errorf("an unsigned answer has\n%s", head)
				}
				return
			}
			if !hasClient || !hasTime || !hasSignature || client != testClient {
				t.Fatalf("the answer has\n%s", head)
			}
			opensslVerify(t, &testKeys()[1].PublicKey, signature, "POST "+test.target+"\n"+client+"."+at+"."+body)
		})
	}
}

func TestNotificationHeadersAreLowerCaseOnTheSocket(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	heads := make(chan [2]string, 1)
	go func() {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		defer connection.Close()
		var raw bytes.Buffer
		request, err := http.ReadRequest(bufio.NewReader(io.TeeReader(connection, &raw)))
		if err != nil {
			return
		}
		body, _ := io.ReadAll(request.Body)
		fmt.Fprintf(connection, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(goodAcknowledgement), goodAcknowledgement)
		head, _, _ := strings.Cut(raw.String(), "\r\n\r\n")
		heads <- [2]string{head, string(body)}
	}()
	b := newBench(t, nil)
	id := b.payAndFinish(map[string]any{"paymentNotifyUrl": "http://" + listener.Addr().String() + "/notify"})
	if _, err := b.server.WaitAcknowledged(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	message := <-heads
	for _, name := range []string{"client-id", "request-time", "signature", "content-type", "markuid"} {
		if _, found := rawHeader(message[0], name); !found {
			t.Errorf("no header %s in\n%s", name, message[0])
		}
	}
	at, _ := rawHeader(message[0], "request-time")
	signature, _ := rawHeader(message[0], "signature")
	opensslVerify(t, &testKeys()[1].PublicKey, signature, "POST /notify\n"+testClient+"."+at+"."+message[1])
}

// The times that SDKs send, with key version 1, which is what all of them default to.
func TestRequestTimesOfSDKs(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Merchants[0].PublicKeys = map[int]*rsa.PublicKey{1: &testKeys()[0].PublicKey} })
	for name, test := range map[string]struct{ sent, refused string }{
		"Go, Java: milliseconds":            {sent: "1685599933871"},
		"Go up to 1.2.18: nanoseconds":      {sent: "1685599933871000123"},
		"Python: +00:00":                    {sent: "2026-11-28T21:00:00+00:00"},
		"PHP: offset without its colon":     {sent: "2026-11-28T21:00:00+0000"},
		".NET: seven decimals":              {sent: "2026-11-28T21:00:00.1234567Z"},
		"the guide":                         {sent: "2020-05-18T12:08:56+05:30"},
		"seconds":                           {sent: "1685599933", refused: "this one is in seconds"},
		"microseconds, which no SDK sends":  {sent: "1685599933871000", refused: "milliseconds since the epoch"},
		"no offset":                         {sent: "2026-11-28T21:00:00", refused: "ISO 8601 with offset"},
		"twenty digits":                     {sent: "16855999338710001234", refused: "milliseconds since the epoch"},
		"nineteen digits, but not a number": {sent: "-685599933871000123", refused: "milliseconds since the epoch"},
	} {
		t.Run(name, func(t *testing.T) {
			tree := order(map[string]any{"paymentRequestId": strings.Map(func(r rune) rune { return max(r, '0') }, test.sent)})
			_, body := rawAnswer(t, b.url, rawCall(payTarget, "1", test.sent, mustJSON(t, tree)))
			if test.refused == "" && !strings.Contains(body, "PAYMENT_IN_PROCESS") || test.refused != "" && !(strings.Contains(body, "PARAM_ILLEGAL") && strings.Contains(body, test.refused)) {
				t.Error(body)
			}
		})
	}
}

// env in order or at the top, extendInfo as text or as an object.
func TestBothShapesOfARequest(t *testing.T) {
	info := object{"chinaExtraTransInfo": object{"businessType": "4", "goodsInfo": "a^1", "totalQuantity": "1"}}
	for i, extend := range []any{info, mustJSON(t, info)} {
		for profile, changes := range map[string]map[string]any{
			profileGuide:   {},
			profileCurrent: {"order.env": nil, "env.terminalType": "WEB"},
			profileBoth:    {"env.terminalType": "WEB"},
		} {
			b := newBench(t, nil)
			changes["order.extendInfo"] = extend
			answer := b.pay(order(changes))
			if answer.Result.ResultCode != "PAYMENT_IN_PROCESS" || (answer.RedirectActionForm != nil) != (profile != profileCurrent) || (answer.NormalURL != "") != (profile != profileGuide) {
				t.Errorf("%s, extendInfo %d: %+v", profile, i, answer)
			}
		}
	}
}

// memberPaths are the paths of all members of a JSON text in their order.
func memberPaths(t *testing.T, text string) (paths []string) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	var value func(path string)
	value = func(path string) {
		token, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		switch token {
		case json.Delim('{'):
			for decoder.More() {
				name, _ := decoder.Token()
				paths = append(paths, path+"/"+name.(string))
				value(path + "/" + name.(string))
			}
			decoder.Token()
		case json.Delim('['):
			for decoder.More() {
				value(path + "/*")
			}
			decoder.Token()
		}
	}
	value("")
	return paths
}

// shape2025 are the members of an answer that Alipay's sandbox gave in May 2025, in their order.
const shape2025 = `{"normalUrl":"","orderCodeForm":{"codeDetails":[{"codeValue":"","displayType":"TEXT"},{"codeValue":"","displayType":"BIGIMAGE"},
	{"codeValue":"","displayType":"MIDDLEIMAGE"},{"codeValue":"","displayType":"SMALLIMAGE"}],"expireTime":""},"paymentActionForm":"",
	"paymentAmount":{"currency":"","value":""},"paymentCreateTime":"","paymentId":"","paymentRequestId":"",
	"redirectActionForm":{"method":"GET","redirectUrl":""},"result":{"resultCode":"","resultMessage":"","resultStatus":""}}`

func TestAnswerOf2025(t *testing.T) {
	byOption := func(o *Options) { o.AnswerForm = AnswerForm2025 }
	for name, test := range map[string]struct {
		option   func(*Options)
		changes  map[string]any
		terminal string
	}{
		"WEB by option": {byOption, map[string]any{}, "WEB"},
		"WAP by option": {byOption, map[string]any{"order.env.terminalType": "WAP"}, "WAP"},
		"APP by option": {byOption, map[string]any{"order.env.terminalType": "APP"}, "APP"},
		"by the order":  {nil, map[string]any{"order.orderDescription": "Pencil #sandbox:answer=2025"}, "WEB"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, test.option)
			text := b.payText(order(test.changes))
			if got, want := memberPaths(t, text), memberPaths(t, shape2025); !reflect.DeepEqual(got, want) {
				t.Errorf("members\n%q\nwant\n%q", got, want)
			}
			var answer payAnswer
			var form actionForm
			if err := json.Unmarshal([]byte(text), &answer); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(answer.PaymentActionForm), &form); err != nil {
				t.Fatal(err)
			}
			if form != (actionForm{"GET", "RedirectActionForm", answer.NormalURL}) || answer.RedirectActionForm.RedirectURL != answer.NormalURL ||
				!strings.HasPrefix(answer.NormalURL, b.url+"/api/open/v1/ac/cashier/self/codevalue/checkout.htm?codeValue=http%3A%2F%2F") || !strings.HasSuffix(answer.NormalURL, "&loadMode=2") {
				t.Errorf("%+v %+v", form, answer)
			}
			if len(answer.PaymentID) != 35 || answer.PaymentCreateTime != "2020-06-01T02:25:10-07:00" {
				t.Errorf("%s %s", answer.PaymentID, answer.PaymentCreateTime)
			}
			if again := b.payText(order(test.changes)); again != text {
				t.Errorf("the same request is answered otherwise: %s", again)
			}
			want(t, b.call("inquiryPayment", seedTime, object{"paymentId": answer.PaymentID}), "redirectActionForm.redirectUrl", answer.NormalURL, "redirectActionForm.parameters", "")
			b.payAtCashier(answer.NormalURL)
			want(t, b.call("inquiryPayment", seedTime, object{"paymentId": answer.PaymentID}), "paymentStatus", "SUCCESS", "customsDeclarationAmount.value", "100")
		})
	}
}

// What was refused for good is refused again, for a payment and for a refund; what could not be read can be put right.
func TestARefusalIsRemembered(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Merchants[0].SettlementCurrencies = []string{"USD", "EUR"} })
	code := func(changes map[string]any) string { return b.pay(order(changes)).Result.ResultCode }
	for _, step := range []struct {
		changes map[string]any
		want    string
	}{
		{map[string]any{"settlementStrategy.settlementCurrency": "EUR"}, "SETTLE_CONTRACT_NOT_MATCH"},
		{nil, "SETTLE_CONTRACT_NOT_MATCH"}, // right by itself, but the id is used up
		{map[string]any{"paymentAmount.value": "101"}, "REPEAT_REQ_INCONSISTENT"},
		{map[string]any{"paymentRequestId": "r2", "productCode": "X"}, "PARAM_ILLEGAL"},
		{map[string]any{"paymentRequestId": "r2"}, "PAYMENT_IN_PROCESS"},
		{map[string]any{"paymentRequestId": "r2"}, "PAYMENT_IN_PROCESS"},
	} {
		if got := code(step.changes); got != step.want {
			t.Errorf("%v: %s, want %s", step.changes, got, step.want)
		}
	}
	id := b.server.Payments()[0].PaymentID
	refund := func(requestID, value string) object {
		return b.call("refund", seedTime, object{"refundRequestId": requestID, "paymentId": id, "refundAmount": object{"currency": "USD", "value": value}})
	}
	want(t, refund("f1", "1"), "result.resultCode", "ORDER_STATUS_INVALID")
	b.server.completePayment(id)
	want(t, refund("f1", "1"), "result.resultCode", "ORDER_STATUS_INVALID")
	want(t, refund("f1", "2"), "result.resultCode", "REPEAT_REQ_INCONSISTENT")
	want(t, refund("f2", "101"), "result.resultCode", "REFUND_AMOUNT_EXCEED")
	want(t, refund("f3", "1"), "result.resultCode", "SUCCESS")
	want(t, refund("f2", "101"), "result.resultCode", "REFUND_AMOUNT_EXCEED")
	b.server.Reset()
	if got := code(nil); got != "PAYMENT_IN_PROCESS" {
		t.Errorf("after a reset: %s", got)
	}
	for i := range maximumRefusals + 1 {
		b.server.payRefusals.repeat(requestKey{"c", fmt.Sprint(i)}, refusedRequest{result: failure("X", "")})
	}
	if n := len(b.server.payRefusals.byID); n != maximumRefusals || len(b.server.payRefusals.oldest) != n {
		t.Errorf("%d refusals are kept", n)
	}
}

// A payment without a notify URL is paid and refunded, and nobody is told.
func TestPaymentWithoutNotifyURL(t *testing.T) {
	b := newBench(t, nil)
	id := b.payAndFinish(map[string]any{"paymentNotifyUrl": nil})
	slow := b.payAndFinish(map[string]any{"paymentNotifyUrl": nil, "paymentRequestId": "slow", "order.orderDescription": "#sandbox:refund=slow"})
	for _, one := range []string{id, slow} {
		b.call("refund", seedTime, object{"refundRequestId": one[:60], "paymentId": one, "refundAmount": object{"currency": "USD", "value": "1"}})
	}
	b.clock.Advance(slowRefund)
	for _, p := range b.server.Payments() {
		if p.PaymentStatus != Success || len(p.Notifications) != 0 || len(p.Refunds) != 1 || p.Refunds[0].RefundStatus != RefundSuccess {
			t.Errorf("%+v", p)
		}
	}
}

// A notify URL with a query is signed with it, or without it where that is asked for.
func TestNotifySignsTargetOrPath(t *testing.T) {
	address, got := receiver(t, acknowledge)
	for signs, targets := range map[string][2]string{
		"":          {"/?wc-api=notify", "/n?x=1"},
		SignsTarget: {"/?wc-api=notify", "/n?x=1"},
		SignsPath:   {"/", "/n"},
	} {
		b := newBench(t, func(o *Options) { o.NotifySigns = signs })
		for i, notifyURL := range []string{address + "?wc-api=notify", address + "/n?x=1"} {
			id := b.payAndFinish(map[string]any{"paymentNotifyUrl": notifyURL, "paymentRequestId": fmt.Sprint(i)})
			if _, err := b.server.WaitAcknowledged(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			messages := got()
			m := messages[len(messages)-1]
			checkSigned(t, &testKeys()[1].PublicKey, targets[i], testClient, m.header.Get("request-time"), m.header.Get("signature"), m.body)
		}
	}
	if _, err := New(Options{NotifySigns: "query"}); err == nil {
		t.Error("anything is accepted")
	}
	if _, err := New(Options{AnswerForm: "2019"}); err == nil {
		t.Error("any answer form is accepted")
	}
}

// An invalid Host does not get into links or into the shell example.
func TestHostsThatCannotBeInALink(t *testing.T) {
	b := newBench(t, nil)
	for _, host := range []string{"$(x).localhost", "a'b.localhost", "`x`.localhost", "x y", "127.0.0.1:8801/path"} {
		request, _ := http.NewRequest(http.MethodGet, b.url+"/sandbox/api/example.sh", nil)
		request.Host = host
		_, text := b.do(http.DefaultClient, request)
		if strings.Contains(text, host) {
			t.Errorf("%s is in the example", host)
		}
	}
	request, _ := http.NewRequest(http.MethodGet, b.url+"/sandbox/api/example.sh", nil)
	request.Host = "cashier.localhost:80"
	if _, text := b.do(http.DefaultClient, request); !strings.Contains(text, "http://cashier.localhost:80") {
		t.Error(text)
	}
}
