package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/edgecashier/cashier/host/gateway"
)

const (
	maxCheckout = 64 << 10 // of what a shopper sends
	maxReply    = 64 << 10 // of what the merchant's server answers
)

// checkoutInput is what POST /checkout was sent: an order token, or the fields of the checkout form, whose names are
// JSON pointers into the order.
type checkoutInput struct {
	Token    string
	Form     map[string]string
	Key      string // of the form, "" for none: see formkey.mjs
	Language string
}

func readCheckout(r *http.Request) (input checkoutInput, err error) {
	body, err := readAll(r.Body, maxCheckout)
	if err != nil {
		return input, refuse(http.StatusRequestEntityTooLarge, "INPUT_TOO_LARGE", "", "a checkout has at most 64 KiB")
	}
	fields := map[string]string{}
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind {
	case "application/json":
		if json.Unmarshal(body, &fields) != nil {
			return input, refuse(http.StatusBadRequest, "JSON_MALFORMED", "", "the body must be a JSON object of strings")
		}
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return input, refuse(http.StatusBadRequest, "FORM_MALFORMED", "", "the body is no form")
		}
		for name, values := range form {
			if len(values) > 1 {
				return input, refuse(http.StatusBadRequest, "FIELD_REPEATED", name, "this field was sent twice")
			}
			fields[name] = values[0]
		}
	default:
		return input, refuse(http.StatusUnsupportedMediaType, "MEDIA_TYPE_NOT_ACCEPTABLE", "/headers/content-type", "send a form or JSON")
	}
	input = checkoutInput{Token: fields["token"], Form: map[string]string{}, Key: r.Header.Get("Idempotency-Key"), Language: language(fields["lang"], r.Header.Get("Accept-Language"))}
	for name, value := range fields {
		if strings.HasPrefix(name, "/") {
			input.Form[name] = value
		}
	}
	return input, nil
}

// language is the first that messages exist in.
func language(wishes ...string) string {
	for _, wish := range wishes {
		switch {
		case strings.HasPrefix(wish, "zh"):
			return "zh-CN"
		case strings.HasPrefix(wish, "en"):
			return "en"
		}
	}
	return "en"
}

// requestToken checks what a shopper typed and has the merchant make an order of it. Only the merchant's server
// knows its prices; nothing that was typed goes to Alipay unless the merchant signed it.
func (w *worker) requestToken(ctx context.Context, input checkoutInput) (string, error) {
	if w.settings.OrderURL == "" {
		return "", refuse(http.StatusUnprocessableEntity, "FIELD_REQUIRED", "/token", "the order token is missing")
	}
	checked, err := ask[struct {
		Order  json.RawMessage
		Errors gateway.Problems
	}](ctx, w.core, "validate_form", map[string]any{"config": w.settings.Config, "form": input.Form, "language": input.Language})
	if err != nil {
		return "", err
	}
	if len(checked.Errors) > 0 {
		return "", &refusal{http.StatusUnprocessableEntity, checked.Errors}
	}
	draft, err := json.Marshal(map[string]any{"order": checked.Order})
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.settings.OrderURL, bytes.NewReader(draft))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Accept-Language", input.Language)
	if input.Key != "" {
		key, err := draftKey(input.Key, checked.Order)
		if err != nil {
			return "", err
		}
		request.Header.Set("Idempotency-Key", key)
	}
	unavailable := refuse(http.StatusBadGateway, "ORDER_UNAVAILABLE", "", "the shop does not answer; please try again in a moment")
	response, err := w.http.Do(request)
	if err != nil {
		w.log.WarnContext(ctx, "order endpoint failed", "error", err)
		return "", unavailable
	}
	defer response.Body.Close()
	body, err := readAll(response.Body, maxReply)
	var reply struct {
		Token  string
		Errors gateway.Problems
	}
	if err == nil {
		err = json.Unmarshal(body, &reply)
	}
	switch {
	case err == nil && response.StatusCode == http.StatusOK && reply.Token != "":
		return reply.Token, nil
	case err == nil && response.StatusCode/100 == 4 && len(reply.Errors) > 0:
		return "", &refusal{http.StatusUnprocessableEntity, reply.Errors}
	}
	w.log.WarnContext(ctx, "order endpoint gave no token", "status", response.StatusCode, "error", err)
	return "", unavailable
}

// draftKey names a purchase to the merchant's server: the same form with the same goods and amount. The device is left
// out, since a shopper who goes back to pay on another one buys nothing else. Other goods or another amount have
// another key.
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

var errTooLarge = errors.New("too large")

// readAll reads a body with a limit. In a Worker a request without a body has none at all.
func readAll(body io.Reader, limit int64) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	text, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = errTooLarge
	}
	return text, err
}
