package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"syscall/js"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// shardTries is how often a shard is asked that is being moved or restarted.
const shardTries = 3

// askStub asks a shard by the fetch of its stub; each try has a stub of its own, since one that has thrown stays broken. All
// that is asked may be asked again. An overloaded shard is not: that would add to its load.
func askStub(ctx context.Context, shard int, method, target string, body []byte) (status int, answer []byte, err error) {
	for n := 1; ; n++ {
		var overloaded bool
		status, answer, overloaded, err = askOnce(ctx, shard, method, target, body)
		if err == nil || overloaded || n == shardTries || ctx.Err() != nil {
			return status, answer, err
		}
		select {
		case <-time.After(time.Duration(n) * 100 * time.Millisecond):
		case <-ctx.Done():
			return 0, nil, ctx.Err()
		}
	}
}

func askOnce(ctx context.Context, shard int, method, target string, body []byte) (status int, answer []byte, overloaded bool, err error) {
	init := map[string]any{"method": method}
	if body != nil {
		init["body"] = toJS(body)
		init["headers"] = map[string]any{"content-type": "application/json"}
	}
	promise, err := attempt(func() js.Value {
		ledger := runtimeContext.Get("env").Get("LEDGER")
		return ledger.Call("get", ledger.Call("idFromName", "ledger-"+strconv.Itoa(shard))).Call("fetch", "https://ledger"+target, init)
	})
	if err != nil {
		return 0, nil, false, err
	}
	status, answer, err = read(ctx, promise)
	var failed *jsError
	overloaded = errors.As(err, &failed) && failed.overloaded
	return status, answer, overloaded, err
}

// read waits for a response and its body.
func read(ctx context.Context, promise js.Value) (status int, body []byte, err error) {
	response, err := await(ctx, promise)
	if err != nil {
		return 0, nil, err
	}
	buffer, err := await(ctx, response.Call("arrayBuffer"))
	if err != nil {
		return 0, nil, err
	}
	return response.Get("status").Int(), fromJS(uint8ArrayClass.New(buffer)), nil
}

// alertPatience is how long the receiver of alerts may take.
const alertPatience = 10 * time.Second

// alertSender sends messages of Standard Webhooks to an address, signed with each secret; nil without an address.
func alertSender(address, secrets string) func(ctx context.Context, id, payload string) error {
	if address == "" {
		return nil
	}
	return func(ctx context.Context, id, payload string) error {
		now := time.Now()
		var signatures []string
		for _, secret := range strings.Fields(secrets) {
			signer, err := webhooks.NewWebhook(secret)
			if err != nil {
				return errors.New("WEBHOOK_SECRET cannot be used")
			}
			signature, err := signer.Sign(id, now, []byte(payload))
			if err != nil {
				return err
			}
			signatures = append(signatures, signature)
		}
		ctx, cancel := context.WithTimeout(ctx, alertPatience)
		defer cancel()
		abort := js.Global().Get("AbortController").New()
		defer abort.Call("abort")
		promise, err := attempt(func() js.Value {
			return js.Global().Call("fetch", address, map[string]any{
				"method": http.MethodPost, "redirect": "manual", "body": payload, "signal": abort.Get("signal"),
				"headers": map[string]any{
					"content-type":                  "application/json",
					webhooks.HeaderWebhookID:        id,
					webhooks.HeaderWebhookTimestamp: strconv.FormatInt(now.Unix(), 10),
					webhooks.HeaderWebhookSignature: strings.Join(signatures, " "),
				},
			})
		})
		if err != nil {
			return err
		}
		status, _, err := read(ctx, promise)
		if err == nil && status/100 != 2 {
			err = fmt.Errorf("HTTP %d", status)
		}
		return err
	}
}
