package ordertoken_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
)

var (
	now   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	order = gateway.Order{
		ReferenceOrderID: "alipayCNOrder12345", OrderDescription: "铅笔 & <b>",
		PaymentAmount: gateway.Amount{Currency: "USD", Value: "100"}, SettlementCurrency: "USD", TerminalType: "WEB",
		Goods: []gateway.Goods{{GoodsName: "pencil", GoodsQuantity: "2"}}, BusinessType: "4", PaymentRedirectURL: "https://shop.example/thanks?order=1&x=2",
	}
)

const audience = "https://pay.example.com"

func keys(t *testing.T, algorithm, id string) (issue, verify *ordertoken.Keys) {
	t.Helper()
	private, public, err := ordertoken.GenerateKeys(algorithm, id)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, private), parse(t, public)
}

func parse(t *testing.T, jwks []byte) *ordertoken.Keys {
	t.Helper()
	keys, err := ordertoken.ParseKeys(jwks)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestIssueAndVerify(t *testing.T) {
	for _, algorithm := range []string{ordertoken.EdDSA, ordertoken.HS256} {
		t.Run(algorithm, func(t *testing.T) {
			issue, verify := keys(t, algorithm, "2026-03")
			text, err := ordertoken.Issuer{Keys: issue, Name: "shop", Audience: audience}.Issue(order, now)
			if err != nil {
				t.Fatal(err)
			}
			token, err := ordertoken.Verifier{Keys: verify, Audience: audience, Issuer: "shop"}.Verify(text, now.Add(59*time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(token.Order, order) {
				t.Errorf("the order came back as %+v", token.Order)
			}
			if token.Issuer != "shop" || token.KeyID != "2026-03" || token.ID == "" || !token.IssuedAt.Equal(now) || !token.Expiry.Equal(now.Add(time.Hour)) {
				t.Errorf("got %+v", token)
			}
		})
	}
}

func TestPublicKeyCannotIssue(t *testing.T) {
	_, public := keys(t, ordertoken.EdDSA, "a")
	if _, err := (ordertoken.Issuer{Keys: public, Name: "shop", Audience: audience}).Issue(order, now); !errors.Is(err, ordertoken.KeysMalformed) {
		t.Errorf("got %v", err)
	}
}

func TestRotation(t *testing.T) {
	old, oldPublic, _ := ordertoken.GenerateKeys(ordertoken.EdDSA, "old")
	fresh, freshPublic, _ := ordertoken.GenerateKeys(ordertoken.EdDSA, "new")
	verifier := ordertoken.Verifier{Keys: parse(t, merge(t, freshPublic, oldPublic)), Audience: audience}
	for id, keys := range map[string][]byte{"new": merge(t, fresh, old), "old": merge(t, old, fresh)} {
		text, err := ordertoken.Issuer{Keys: parse(t, keys), Name: "shop", Audience: audience}.Issue(order, now)
		if err != nil {
			t.Fatal(err)
		}
		token, err := verifier.Verify(text, now)
		if err != nil || token.KeyID != id {
			t.Errorf("%s: got %+v, %v", id, token, err)
		}
	}
}

func merge(t *testing.T, sets ...[]byte) []byte {
	t.Helper()
	type set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	var all set
	for _, text := range sets {
		var one set
		if err := json.Unmarshal(text, &one); err != nil {
			t.Fatal(err)
		}
		all.Keys = append(all.Keys, one.Keys...)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// secret and sign make tokens by hand, with whatever header and claims a forger likes.
const secret = "0123456789abcdef0123456789abcdef"

func sign(header, claims map[string]any) string {
	part := func(v map[string]any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	text := part(header) + "." + part(claims)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func with(base map[string]any, name string, value any) map[string]any {
	changed := maps.Clone(base)
	changed[name] = value
	if value == nil {
		delete(changed, name)
	}
	return changed
}

func TestVerifyRefuses(t *testing.T) {
	jwk := func(id string) string {
		return fmt.Sprintf(`{"kty":"oct","kid":%q,"alg":"HS256","k":%q}`, id, base64.RawURLEncoding.EncodeToString([]byte(secret)))
	}
	public, private, _ := ed25519.GenerateKey(nil)
	_ = private
	edKey := fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","kid":"ed","alg":"EdDSA","x":%q}`, base64.RawURLEncoding.EncodeToString(public))
	verifier := ordertoken.Verifier{Keys: parse(t, []byte(`{"keys":[`+jwk("k1")+`,`+edKey+`]}`)), Audience: audience, Issuer: "shop"}

	header := map[string]any{"alg": "HS256", "kid": "k1", "typ": "order+jwt"}
	claims := map[string]any{
		"iss": "shop", "aud": audience, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "jti": "1",
		"order": map[string]any{"referenceOrderId": "1"},
	}
	good := sign(header, claims)
	if _, err := verifier.Verify(good, now); err != nil {
		t.Fatalf("the good token: %v", err)
	}
	if _, err := verifier.Verify(sign(header, with(claims, "aud", []string{"other", audience})), now); err != nil {
		t.Fatalf("several audiences: %v", err)
	}
	if _, err := verifier.Verify(sign(header, with(claims, "iat", float64(now.Unix())+0.5)), now); err != nil {
		t.Fatalf("a fraction of a second: %v", err)
	}

	parts := strings.Split(good, ".")
	// Key confusion: the public Ed25519 key taken as an HMAC secret.
	confused := hmac.New(sha256.New, public)
	confusedText := strings.Join(strings.Split(sign(with(header, "kid", "ed"), claims), ".")[:2], ".")
	confused.Write([]byte(confusedText))
	tests := map[string]struct {
		token string
		at    time.Time
		want  gateway.Code
	}{
		"empty":                      {"", now, ordertoken.Malformed},
		"blank":                      {" " + good, now, ordertoken.Malformed},
		"two parts":                  {parts[0] + "." + parts[1], now, ordertoken.Malformed},
		"four parts":                 {good + ".x", now, ordertoken.Malformed},
		"JSON serialization":         {`{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, now, ordertoken.Malformed},
		"too large":                  {strings.Repeat("a", 32<<10+1), now, ordertoken.TooLarge},
		"alg none":                   {sign(with(header, "alg", "none"), claims), now, ordertoken.Algorithm},
		"alg none, no signature":     {strings.Join(strings.Split(sign(with(header, "alg", "none"), claims), ".")[:2], ".") + ".", now, ordertoken.Algorithm},
		"alg HS512":                  {sign(with(header, "alg", "HS512"), claims), now, ordertoken.Algorithm},
		"alg missing":                {sign(with(header, "alg", nil), claims), now, ordertoken.Algorithm},
		"alg of another key":         {sign(with(header, "kid", "ed"), claims), now, ordertoken.Algorithm},
		"key confusion":              {confusedText + "." + base64.RawURLEncoding.EncodeToString(confused.Sum(nil)), now, ordertoken.Algorithm},
		"EdDSA with the secret":      {sign(with(header, "alg", "EdDSA"), claims), now, ordertoken.Algorithm},
		"no kid":                     {sign(with(header, "kid", nil), claims), now, ordertoken.KeyUnknown},
		"other kid":                  {sign(with(header, "kid", "k2"), claims), now, ordertoken.KeyUnknown},
		"no typ":                     {sign(with(header, "typ", nil), claims), now, ordertoken.Type},
		"typ JWT":                    {sign(with(header, "typ", "JWT"), claims), now, ordertoken.Type},
		"crit":                       {sign(with(header, "crit", []string{"exp"}), claims), now, ordertoken.Malformed},
		"b64 false":                  {sign(with(with(header, "crit", []string{"b64"}), "b64", false), claims), now, ordertoken.Malformed},
		"altered order":              {parts[0] + "." + strings.Split(sign(header, with(claims, "order", map[string]any{"referenceOrderId": "2"})), ".")[1] + "." + parts[2], now, ordertoken.Signature},
		"cut signature":              {good[:len(good)-4], now, ordertoken.Signature},
		"no exp":                     {sign(header, with(claims, "exp", nil)), now, ordertoken.Malformed},
		"no iat":                     {sign(header, with(claims, "iat", nil)), now, ordertoken.Malformed},
		"no jti":                     {sign(header, with(claims, "jti", nil)), now, ordertoken.Malformed},
		"exp is text":                {sign(header, with(claims, "exp", "tomorrow")), now, ordertoken.Malformed},
		"no aud":                     {sign(header, with(claims, "aud", nil)), now, ordertoken.Audience},
		"other aud":                  {sign(header, with(claims, "aud", "https://pay.example.com.evil.example")), now, ordertoken.Audience},
		"other iss":                  {sign(header, with(claims, "iss", "shop2")), now, ordertoken.IssuerUnknown},
		"expired":                    {good, now.Add(time.Hour), ordertoken.Expired},
		"issued in the future":       {good, now.Add(-61 * time.Second), ordertoken.NotYetValid},
		"not before":                 {sign(header, with(claims, "nbf", now.Add(2*time.Minute).Unix())), now, ordertoken.NotYetValid},
		"valid for too long":         {sign(header, with(claims, "exp", now.Add(25*time.Hour).Unix())), now, ordertoken.Lifetime},
		"no order":                   {sign(header, with(claims, "order", nil)), now, ordertoken.OrderInvalid},
		"order is null":              {sign(header, with(claims, "order", json.RawMessage("null"))), now, ordertoken.OrderInvalid},
		"order with a number":        {sign(header, with(claims, "order", map[string]any{"paymentAmount": map[string]any{"currency": "USD", "value": 100}})), now, ordertoken.OrderInvalid},
		"order with unknown members": {sign(header, with(claims, "order", map[string]any{"discount": "50"})), now, ordertoken.OrderInvalid},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			token, err := verifier.Verify(test.token, test.at)
			var problem gateway.Problem
			if token != nil || !errors.Is(err, test.want) || !errors.As(err, &problem) || problem.Message == "" {
				t.Errorf("got %+v, %v; want %s", token, err, test.want)
			}
		})
	}
	if _, err := verifier.Verify(good, now.Add(-30*time.Second)); err != nil {
		t.Errorf("a clock 30 seconds behind: %v", err)
	}
	verifier.Audience = ""
	if _, err := verifier.Verify(sign(header, with(claims, "aud", "")), now); !errors.Is(err, ordertoken.Audience) {
		t.Errorf("a verifier without audience: %v", err)
	}
}

func TestParseKeysRefuses(t *testing.T) {
	long := base64.RawURLEncoding.EncodeToString([]byte(secret))
	short := base64.RawURLEncoding.EncodeToString([]byte(secret[:31]))
	good := `{"kty":"oct","kid":"a","alg":"HS256","k":"` + long + `"}`
	for name, text := range map[string]string{
		"empty":          ``,
		"no set":         good,
		"no keys":        `{"keys":[]}`,
		"no kid":         `{"keys":[{"kty":"oct","alg":"HS256","k":"` + long + `"}]}`,
		"no alg":         `{"keys":[{"kty":"oct","kid":"a","k":"` + long + `"}]}`,
		"wrong alg":      `{"keys":[{"kty":"oct","kid":"a","alg":"EdDSA","k":"` + long + `"}]}`,
		"alg none":       `{"keys":[{"kty":"oct","kid":"a","alg":"none","k":"` + long + `"}]}`,
		"short secret":   `{"keys":[{"kty":"oct","kid":"a","alg":"HS256","k":"` + short + `"}]}`,
		"for encryption": `{"keys":[{"kty":"oct","kid":"a","alg":"HS256","use":"enc","k":"` + long + `"}]}`,
		"twice":          `{"keys":[` + good + `,` + good + `]}`,
		"unknown kind":   `{"keys":[{"kty":"XYZ","kid":"a","alg":"HS256"}]}`,
		"elliptic curve": `{"keys":[{"kty":"EC","crv":"P-256","kid":"a","alg":"ES256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ordertoken.ParseKeys([]byte(text)); !errors.Is(err, ordertoken.KeysMalformed) || strings.Contains(err.Error(), long) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestIssueRefusesHugeOrder(t *testing.T) {
	issue, _ := keys(t, ordertoken.HS256, "a")
	huge := order
	huge.OrderDescription = strings.Repeat("x", 32<<10)
	if _, err := (ordertoken.Issuer{Keys: issue, Name: "shop", Audience: audience}).Issue(huge, now); !errors.Is(err, ordertoken.TooLarge) {
		t.Errorf("got %v", err)
	}
	if _, err := (ordertoken.Issuer{Keys: issue}).Issue(order, now); err == nil {
		t.Error("a token without issuer and audience")
	}
}

// TestIssueRefusesInvalidUTF8 is a bug: what is not UTF-8 was replaced without a word, so that two orders could become one.
func TestIssueRefusesInvalidUTF8(t *testing.T) {
	issue, _ := keys(t, ordertoken.HS256, "a")
	for name, change := range map[string]func(*gateway.Order){
		"a text":               func(o *gateway.Order) { o.ReferenceOrderID = "order-\xff" },
		"a text further down":  func(o *gateway.Order) { o.Goods = []gateway.Goods{{GoodsName: "\xc3("}} },
		"JSON that is carried": func(o *gateway.Order) { o.Buyer = json.RawMessage("{\"referenceBuyerId\":\"\xff\"}") },
	} {
		changed := order
		change(&changed)
		if token, err := (ordertoken.Issuer{Keys: issue, Name: "shop", Audience: audience}).Issue(changed, now); token != "" || !errors.Is(err, ordertoken.OrderInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestAudienceWithASlash lets shop and checkout write the origin with or without a slash at its end.
func TestAudienceWithASlash(t *testing.T) {
	issue, verify := keys(t, ordertoken.EdDSA, "a")
	for _, issued := range []string{audience, audience + "/"} {
		text, err := ordertoken.Issuer{Keys: issue, Name: "shop", Audience: issued}.Issue(order, now)
		if err != nil {
			t.Fatal(err)
		}
		for _, demanded := range []string{audience, audience + "/"} {
			if _, err := (ordertoken.Verifier{Keys: verify, Audience: demanded}).Verify(text, now); err != nil {
				t.Errorf("issued for %s, demanded %s: %v", issued, demanded, err)
			}
		}
	}
}

func TestReadOrder(t *testing.T) {
	for text, good := range map[string]bool{
		`{"referenceOrderId":"1"}`: true,
		` {"paymentAmount":{"currency":"USD","value":"1"},"buyer":{"anything":{"Else":"x"}}}`: true,
		`{"referenceOrderId":null,"goods":null}`:                                              true,
		`{}`:                                                                                  true,
		``:                                                                                    false,
		`null`:                                                                                false,
		`[]`:                                                                                  false,
		`{} {}`:                                                                               false,
		`{}x`:                                                                                 false,
		`{"discount":"50"}`:                                                                   false,
		`{"REFERENCEORDERID":"1"}`:                                                            false,
		`{"referenceOrderId":"1","referenceOrderID":"2"}`:                 false,
		`{"referenceOrderId":"1","referenceOrderId":"2"}`:                 false,
		`{"paymentAmount":{"Currency":"USD","value":"1"}}`:                false,
		`{"paymentAmount":{"currency":"USD","value":"100","value":"1"}}`:  false,
		`{"goods":[{"goodsName":"a","GoodsQuantity":"1"}]}`:               false,
		`{"goods":[{"goodsName":"a"},{"goodsName":"b","goodsName":"c"}]}`: false,
		`{"buyer":{"referenceBuyerId":"1","referenceBuyerId":"2"}}`:       false,
		`{"paymentAmount":{"currency":"USD","value":100}}`:                false,
		"{\"orderDescription\":\"\xff\"}":                                 false,
		`{"orderDescription":"\ud800"}`:                                   false,
	} {
		if _, err := ordertoken.ReadOrder([]byte(text)); (err == nil) != good || err != nil && !errors.Is(err, ordertoken.OrderInvalid) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
