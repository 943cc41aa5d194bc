package sandbox

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

func isLoopbackHost(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}

// isLocal tells that a request comes from this machine and was meant for it. Without the look at the Host a web page could
// read the answer by pointing its own name at the loopback address.
func isLocal(r *http.Request) bool {
	address, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !address.Addr().Unmap().IsLoopback() {
		return false
	}
	origin, err := url.Parse("http://" + r.Host)
	return err == nil && isLoopbackHost(origin.Hostname())
}

// fromForeignPage tells that a browser sends a request on behalf of a page of another site: somebody who only looks at
// that page wants nothing of the sandbox, so such calls leave no trace in it. A page on this machine is the developer's
// own.
func fromForeignPage(r *http.Request) bool {
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return true
	}
	given := r.Header.Get("Origin") // all that older browsers send
	origin, err := url.Parse(given)
	return given != "" && (err != nil || !isLoopbackHost(origin.Hostname()))
}

var crossOrigin = http.NewCrossOriginProtection()

// localOnly hides a handler from everybody but this machine, and keeps pages of other origins from steering it through
// a visitor's browser.
func localOnly(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !isLocal(r) {
			http.Error(w, "This is for programs on the sandbox's own machine.", http.StatusForbidden)
			return
		}
		if err := crossOrigin.Check(r); err != nil {
			http.Error(w, "This is not for pages of another origin.", http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

// newNotifyClient makes the client for notifications: no proxy, no redirects, and unless allowed no connection to
// anything but this machine, whatever a name resolves to.
func newNotifyClient(given *http.Client, allowRemote bool) *http.Client {
	client := &http.Client{}
	if given != nil {
		*client = *given
	} else {
		dialer := &net.Dialer{Timeout: 5 * time.Second}
		if !allowRemote {
			dialer.Control = loopbackControl
		}
		client.Transport = &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second}
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}

func loopbackControl(_, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil || !target.Addr().Unmap().IsLoopback() {
		return fmt.Errorf("%s is not on the loopback interface", address)
	}
	return nil
}
