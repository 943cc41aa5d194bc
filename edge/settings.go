package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/edgecashier/cashier/host/gateway"
)

// settings are the variables and secrets of the Worker that this program uses itself.
type settings struct {
	Config        gateway.Config
	Origin        string // public, without a slash at the end
	OrderURL      string // where the merchant turns what a shopper typed into an order token, "" for nowhere
	WebhookURL    string // where the merchant receives results
	WebhookSecret string
	ResultHosts   []string // where the merchant's own result pages may be
}

// readSettings reads the variables. The error names every one that is missing or wrong, and no value.
func readSettings(variable func(name string) string) (settings, error) {
	s := settings{
		Origin:        strings.TrimSuffix(variable("ORIGIN"), "/"),
		OrderURL:      variable("ORDER_URL"),
		WebhookURL:    variable("WEBHOOK_URL"),
		WebhookSecret: variable("WEBHOOK_SECRET"),
	}
	var wrong []error
	config, err := gateway.ParseConfig([]byte(withoutMark(variable("CONFIG"))))
	if err != nil {
		wrong = append(wrong, fmt.Errorf("CONFIG: %w", err))
	}
	s.Config = config
	if u, err := url.Parse(s.Origin); err != nil || !safeURL(s.Origin) || u.Path != "" || u.RawQuery != "" {
		wrong = append(wrong, errors.New("ORIGIN must be https://host"))
	}
	if !safeURL(s.WebhookURL) {
		wrong = append(wrong, errors.New("WEBHOOK_URL must be an https URL"))
	}
	if s.OrderURL != "" && !safeURL(s.OrderURL) {
		wrong = append(wrong, errors.New("ORDER_URL must be an https URL"))
	}
	if key, err := webhookKey(s.WebhookSecret); err != nil || len(key) < 32 {
		wrong = append(wrong, errors.New("WEBHOOK_SECRET must be whsec_ and 32 bytes in base64"))
	}
	s.ResultHosts = resultHosts(variable("RESULT_HOSTS"), s.WebhookURL, s.OrderURL)
	for _, host := range s.ResultHosts {
		if u, err := url.Parse("https://" + host); err != nil || u.Host != host || u.Hostname() == "" {
			wrong = append(wrong, errors.New("RESULT_HOSTS must be hosts without scheme and path, divided by commas: shop.example, pay.example:8443"))
			break
		}
	}
	return s, errors.Join(wrong...)
}

// withoutMark drops the byte order mark that some editors put before a text.
func withoutMark(text string) string { return strings.TrimPrefix(text, "\ufeff") }

// resultHosts reads the list of hosts, divided by commas. Without one they are those of the merchant's servers.
func resultHosts(list string, servers ...string) (hosts []string) {
	for _, host := range strings.Split(list, ",") {
		if host = strings.ToLower(strings.TrimSpace(host)); host != "" {
			hosts = append(hosts, host)
		}
	}
	if len(hosts) > 0 {
		return hosts
	}
	for _, server := range servers {
		if u, err := url.Parse(server); err == nil && u.Host != "" {
			hosts = append(hosts, strings.ToLower(u.Host))
		}
	}
	return hosts
}

// allowsResultPage tells whether shoppers may be sent to the page: a signature of the merchant's server on an order does
// not make an open redirect of this Worker.
func (s *settings) allowsResultPage(page string) bool {
	u, err := url.Parse(page)
	return err == nil && safeURL(page) && slices.Contains(s.ResultHosts, strings.ToLower(u.Host))
}

// safeURL tells whether text is an absolute URL with https, or with http on this machine.
func safeURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
