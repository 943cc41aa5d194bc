package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// export hands out what happened, of one payment or of all, as JSON or as an HTTP archive (HAR 1.2).
func (s *Server) export(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("payment")
	stories := s.ledger.stories(id)
	if id != "" && len(stories) == 0 {
		writeJSON(w, http.StatusNotFound, map[string]string{"error": noSuchPayment.message})
		return
	}
	strays := []Event{}
	if id == "" {
		strays = append(strays, s.ledger.strayEvents()...)
	}
	file := r.PathValue("file")
	w.Header().Set("Content-Disposition", `attachment; filename="sandbox-`+file+`"`)
	switch file {
	case "payments.json":
		writeJSON(w, http.StatusOK, map[string]any{"state": s.State(), "payments": stories, "calls": strays})
	case "payments.har":
		entries := []harEntry{}
		for _, one := range stories {
			entries = appendEntries(entries, one.Events, one.PaymentID)
		}
		entries = appendEntries(entries, strays, "")
		writeJSON(w, http.StatusOK, map[string]any{"log": map[string]any{
			"version": "1.2", "creator": map[string]string{"name": "cashier sandbox", "version": "1"}, "entries": entries,
		}})
	default:
		w.Header().Del("Content-Disposition")
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "unknown export; available: payments.json, payments.har"})
	}
}

type harEntry struct {
	Started  time.Time      `json:"startedDateTime"`
	Time     int64          `json:"time"`
	Request  harRequest     `json:"request"`
	Response harResponse    `json:"response"`
	Cache    struct{}       `json:"cache"`
	Timings  map[string]any `json:"timings"`
	Comment  string         `json:"comment,omitempty"`
}

type harRequest struct {
	Method      string   `json:"method"`
	URL         string   `json:"url"`
	HTTPVersion string   `json:"httpVersion"`
	Cookies     []Header `json:"cookies"`
	Headers     []Header `json:"headers"`
	QueryString []Header `json:"queryString"`
	PostData    struct {
		MimeType string `json:"mimeType"`
		Text     string `json:"text"`
	} `json:"postData"`
	HeadersSize int `json:"headersSize"`
	BodySize    int `json:"bodySize"`
}

type harResponse struct {
	Status      int      `json:"status"`
	StatusText  string   `json:"statusText"`
	HTTPVersion string   `json:"httpVersion"`
	Cookies     []Header `json:"cookies"`
	Headers     []Header `json:"headers"`
	Content     struct {
		Size     int    `json:"size"`
		MimeType string `json:"mimeType"`
		Text     string `json:"text"`
		Encoding string `json:"encoding,omitempty"`
	} `json:"content"`
	RedirectURL string `json:"redirectURL"`
	HeadersSize int    `json:"headersSize"`
	BodySize    int    `json:"bodySize"`
}

func appendEntries(entries []harEntry, events []Event, paymentID string) []harEntry {
	for i := range events {
		if events[i].Exchange != nil {
			entries = append(entries, newEntry(&events[i], paymentID))
		}
	}
	return entries
}

func newEntry(e *Event, paymentID string) harEntry {
	x := e.Exchange
	entry := harEntry{Started: e.Time, Time: e.Milliseconds, Comment: strings.TrimSpace(e.Name + " " + paymentID),
		Timings: map[string]any{"send": 0, "wait": e.Milliseconds, "receive": 0}}
	request, response := &entry.Request, &entry.Response
	request.Method, _, _ = strings.Cut(x.Request.Line, " ")
	request.URL, request.HTTPVersion = x.URL, "HTTP/1.1"
	request.Headers, request.Cookies, request.QueryString = x.Request.Headers, []Header{}, []Header{}
	if u, err := url.Parse(x.URL); err == nil {
		for name, values := range u.Query() {
			for _, value := range values {
				request.QueryString = append(request.QueryString, Header{Name: name, Value: value})
			}
		}
	}
	request.PostData.MimeType, request.PostData.Text = x.Request.header("Content-Type"), x.Request.Body
	request.HeadersSize, request.BodySize = -1, x.Request.BodyLength
	response.Status, response.HTTPVersion = x.Response.Status, "HTTP/1.1"
	response.StatusText = http.StatusText(x.Response.Status)
	response.Headers, response.Cookies = x.Response.Headers, []Header{}
	response.Content.Size, response.Content.Text = x.Response.BodyLength, x.Response.Body
	response.Content.MimeType, response.Content.Encoding = x.Response.header("Content-Type"), x.Response.BodyEncoding
	response.HeadersSize, response.BodySize = -1, x.Response.BodyLength
	return entry
}
