package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
)

// maxClockError is how far the clock may be off before doctor complains; Alipay documents no limit.
const maxClockError = time.Minute

func doctorCommand() *cobra.Command {
	var f clientFlags
	var offline bool
	var notifyURL string
	command := &cobra.Command{
		Use:   "doctor " + clientUsage + " [--notify-url URL] [--offline]",
		Short: "Check config, keys, clock and gateway",
		Long: `doctor looks at everything that has to fit before a payment can work: the config, both keys and
that they are not mixed up, the notify URL, then the gateway. It asks the gateway about a payment
that does not exist: a signed answer proves client id, key version and both keys, and tells the
time. Nothing is paid or changed. Exit code 0 if all is well; warnings do not count.`,
		Example: `  cashier doctor --config config.json --key merchant-private.pem --public-key 1=alipay.pem`,
		Args:    noArguments(""),
	}
	f.flags(command)
	command.Flags().StringVar(&notifyURL, "notify-url", "", "the `URL` that you will give as paymentNotifyUrl, to be checked as well")
	command.Flags().BoolVar(&offline, "offline", false, "leave the gateway out")
	command.RunE = func(command *cobra.Command, _ []string) error {
		if err := f.check(); err != nil {
			return err
		}
		return withCore(command.Context(), func(core *host.Core) error {
			e := examination{Well: true}
			e.run(command, core, &f, notifyURL, offline)
			if errors.Is(command.Context().Err(), context.Canceled) {
				return exit{exitInterrupted, errors.New("interrupted")}
			}
			if err := tell(command, e, e.words); err != nil {
				return err
			}
			if !e.Well {
				return refused
			}
			return nil
		})
	}
	return command
}

// examination is what doctor finds.
type examination struct {
	Well     bool      `json:"well"`
	Findings []finding `json:"findings"`
}

type finding struct {
	What    string `json:"what"`
	Well    bool   `json:"well"`
	Warning bool   `json:"warning,omitempty"` // well, but worth a look
	Message string `json:"message"`
}

func (e *examination) note(what string, err error, well string) bool {
	f := finding{What: what, Well: err == nil, Message: well}
	if err != nil {
		e.Well, f.Message = false, err.Error()
	}
	e.Findings = append(e.Findings, f)
	return f.Well
}

func (e examination) words(w io.Writer) {
	for _, f := range e.Findings {
		mark := "ok  "
		switch {
		case !f.Well:
			mark = "bad "
		case f.Warning:
			mark = "warn"
		}
		fmt.Fprintf(w, "%s %-8s %s\n", mark, f.What, f.Message)
	}
}

func (e *examination) run(command *cobra.Command, core *host.Core, f *clientFlags, notifyURL string, offline bool) {
	options, err := f.options(command)
	if !e.note("files", err, "config and keys can be read, the keys are RSA of at least 2048 bits") {
		return
	}
	dates := &dateReader{client: &http.Client{Timeout: f.timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	options.Core, options.HTTPClient, options.Retry = core, dates, nil
	client, err := gateway.New(options)
	if errors.Is(err, gateway.KeyIsYourOwn) {
		e.note("keys", err, "")
		return
	}
	if !e.note("config", err, fmt.Sprintf("client id %s, key version %d", options.Config.ClientID, max(options.Config.KeyVersion, 1))) {
		return
	}
	e.note("keys", nil, "Alipay's public key is not your own")
	if notifyURL != "" {
		e.notifyURL(command.Context(), core, options.Config, notifyURL)
	}
	if offline {
		return
	}
	ctx, cancel := context.WithTimeout(command.Context(), f.timeout)
	defer cancel()
	_, err = client.InquirePayment(ctx, gateway.PaymentReference{PaymentRequestID: "cashier-doctor-" + rand.Text()})
	e.note("gateway", diagnose(err), "it knows the client id and your key, and its answers verify")
	if date, off, known := dates.clock(); known {
		err = nil
		if off.Abs() > maxClockError {
			err = fmt.Errorf("it is %v off: the gateway says %s; set the clock by NTP", off.Round(time.Second), date.UTC().Format(time.RFC3339))
		}
		e.note("clock", err, "within a minute of the gateway's")
	}
}

// notifyURL asks the core about the URL as it would stand in an order, and keeps what it says of it.
func (e *examination) notifyURL(ctx context.Context, core *host.Core, config gateway.Config, url string) {
	order, err := json.Marshal(gateway.Order{PaymentNotifyURL: url})
	if err != nil {
		e.note("notify", err, "")
		return
	}
	settings, err := json.Marshal(config)
	if err != nil {
		e.note("notify", err, "")
		return
	}
	_, r, err := call(ctx, core, "validate_order", orderInput(settings, order, ""))
	before := len(e.Findings)
	about := func(p gateway.Problem) bool { return p.Path == "/paymentNotifyUrl" }
	for _, problem := range r.Errors {
		if about(problem) {
			e.note("notify", problem, "")
		}
	}
	for _, problem := range r.Warnings {
		if about(problem) {
			e.Findings = append(e.Findings, finding{What: "notify", Well: true, Warning: true, Message: problem.Error()})
		}
	}
	if err != nil || len(e.Findings) == before {
		e.note("notify", err, "Alipay can send notifications to this URL, if it can reach it")
	}
}

// diagnose adds to an answer what it is likely to mean.
func diagnose(err error) error {
	var unverified *gateway.UnverifiedError
	var transport *gateway.TransportError
	switch {
	case err == nil, errors.Is(err, gateway.Code("ORDER_NOT_EXIST")):
		return nil
	case errors.As(err, &transport):
		return fmt.Errorf("it cannot be reached: %w; check domain or gatewayUrl, and whether this machine may reach it", err)
	case errors.Is(err, gateway.SignatureMismatch):
		return fmt.Errorf("%w; the key given as Alipay's is not the one this gateway signs with: sandbox and production have different ones", err)
	case errors.As(err, &unverified) && unverified.Configuration():
		return fmt.Errorf("%w; check client id and key version, and that the public half of your key was uploaded to Alipay", err)
	case errors.As(err, &unverified):
		return fmt.Errorf("%w; is that address really a gateway of Alipay, and is there a proxy in between?", err)
	}
	return err
}

// dateReader sends requests and keeps the time that the other side says it is.
type dateReader struct {
	client *http.Client

	mu       sync.Mutex
	date, at time.Time
}

func (d *dateReader) Do(r *http.Request) (*http.Response, error) {
	answer, err := d.client.Do(r)
	if err == nil {
		if date, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
			d.mu.Lock()
			d.date, d.at = date, time.Now()
			d.mu.Unlock()
		}
	}
	return answer, err
}

// clock tells how far this machine's clock is ahead.
func (d *dateReader) clock() (date time.Time, off time.Duration, known bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.date, d.at.Sub(d.date), !d.date.IsZero()
}
