package checkout

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/edgecashier/cashier/host/checkout/problem"
	"github.com/edgecashier/cashier/host/gateway"
)

// formKey names a purchase: the form sent twice is one order.
var formKey = regexp.MustCompile(`^[\w-]{1,64}$`)

// requestToken checks what a shopper typed and has the merchant make an order of it. Only the merchant's server knows its
// prices; nothing that was typed goes to Alipay unless the merchant signed it.
func (s *Service) requestToken(r *http.Request, sent fields) (string, error) {
	if s.set.orderURL == "" {
		return "", problem.New("FIELD_REQUIRED", "/token", "the order token is missing")
	}
	key := sent["idempotencyKey"]
	if key == "" {
		key = r.Header.Get("Idempotency-Key")
	}
	if key != "" && !formKey.MatchString(key) {
		return "", problem.New("IDEMPOTENCY_KEY_MALFORMED", "/idempotencyKey", "an idempotency key has 1 to 64 letters, digits, _ and -")
	}
	form := map[string]string{}
	for name, value := range sent {
		if strings.HasPrefix(name, "/") {
			form[name] = value
		}
	}
	language := languageOf(r)
	var checked struct {
		Order  json.RawMessage
		Errors gateway.Problems
	}
	if err := s.ask(r.Context(), "validate_form", map[string]any{"config": s.set.config, "form": form, "language": language}, &checked); err != nil {
		return "", err
	}
	if len(checked.Errors) > 0 {
		return "", problem.Of(checked.Errors)
	}
	return s.askMerchant(r.Context(), checked.Order, key, language)
}

// askMerchant sends a draft of an order to the merchant's server, which answers with a token, or says what is wrong with it.
func (s *Service) askMerchant(ctx context.Context, draft json.RawMessage, key, language string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, orderPatience)
	defer cancel()
	body, err := json.Marshal(map[string]any{"order": draft})
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.set.orderURL, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Accept-Language", language)
	if key != "" {
		if key, err = draftKey(key, draft); err != nil {
			return "", err
		}
		request.Header.Set("Idempotency-Key", key)
	}
	unavailable := problem.New("ORDER_UNAVAILABLE", "", "the shop does not answer; please try again in a moment")
	response, err := s.http.Do(request)
	if err != nil {
		s.log.WarnContext(ctx, "the merchant's order endpoint does not answer", "error", err)
		return "", unavailable
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxReply+1))
	var reply struct {
		Token  string
		Errors gateway.Problems
	}
	if err == nil && len(text) <= maxReply {
		err = json.Unmarshal(text, &reply)
	}
	switch {
	case err == nil && response.StatusCode == http.StatusOK && reply.Token != "":
		return reply.Token, nil
	case err == nil && response.StatusCode/100 == 4 && len(reply.Errors) > 0:
		return "", &problem.Refusal{Status: http.StatusUnprocessableEntity, Problems: reply.Errors}
	}
	s.log.WarnContext(ctx, "the merchant's order endpoint gave no token", "status", response.StatusCode)
	return "", unavailable
}

// draftKey names a purchase to the merchant's server: the same form with the same goods and amount. The device is left
// out, since a shopper who goes back to pay on another one buys nothing else. Other goods or another amount have another
// key.
func draftKey(form string, draft json.RawMessage) (string, error) {
	var bought map[string]json.RawMessage
	if err := json.Unmarshal(draft, &bought); err != nil {
		return "", err
	}
	delete(bought, "terminalType")
	delete(bought, "osType")
	text, err := json.Marshal(bought)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(form + "\n" + string(text)))
	return base64.RawURLEncoding.EncodeToString(sum[:]), nil
}
