package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/edgecashier/cashier/host/gateway"
)

// readRequest reads a request as proxies, browsers, logs and editors save it. It is more forgiving than net/http, which serves
// requests and must not be: the file may have LF line ends, a byte order mark, an HTTP/2 request line or pseudo headers, and
// headers that contradict each other. What follows the empty line is the body, whatever Content-Length says: files are edited.
func readRequest(text []byte, m *gateway.SignedMessage) error {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return errors.New("the file is UTF-16; save the raw bytes: a converted body does not verify")
	}
	head, body, found := cutHead(text)
	if !found {
		return errors.New("there is no empty line between headers and body")
	}
	first, headers, _ := strings.Cut(head, "\n")
	target, isRequest := requestLine(strings.TrimSpace(first))
	if !isRequest { // HTTP/2 as browsers show it: the request line is among the headers
		headers = head
	}
	pseudo, headers := cutPseudoHeaders(headers)
	if !isRequest {
		if target, isRequest = pseudo[":path"]; !isRequest {
			return fmt.Errorf("this is not an HTTP request: it begins with %q and not with a line such as POST /notify HTTP/1.1", shortened(first))
		}
	}
	header, err := textproto.NewReader(bufio.NewReader(strings.NewReader(headers + "\r\n\r\n"))).ReadMIMEHeader()
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("this is not an HTTP request: %w", err)
	}
	if u, err := url.ParseRequestURI(target); err == nil && u.Host != "" {
		target = u.RequestURI() // an absolute URL, as proxies get it
	}
	m.Path, m.Header, m.Body = target, map[string][]string(header), body
	return nil
}

// cutHead cuts at the first empty line, whichever line ends the file has, and returns the head with LF.
func cutHead(text []byte) (head string, body []byte, found bool) {
	for at := 0; ; {
		end := bytes.IndexByte(text[at:], '\n')
		if end < 0 {
			return "", nil, false
		}
		if line := bytes.TrimSuffix(text[at:at+end], []byte("\r")); len(line) == 0 && at > 0 {
			return strings.ReplaceAll(string(text[:at]), "\r\n", "\n"), text[at+end+1:], true
		}
		at += end + 1
	}
}

// requestLine reads METHOD TARGET, with or without a version behind.
func requestLine(line string) (target string, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 2 || len(fields) > 3 || len(fields) == 3 && !strings.HasPrefix(fields[2], "HTTP/") {
		return "", false
	}
	if strings.ContainsFunc(fields[0], func(r rune) bool { return r < 'A' || r > 'Z' }) {
		return "", false
	}
	return fields[1], true
}

// cutPseudoHeaders takes out the lines of HTTP/2 whose names begin with a colon.
func cutPseudoHeaders(headers string) (pseudo map[string]string, rest string) {
	pseudo = map[string]string{}
	var lines []string
	for line := range strings.Lines(headers) {
		if strings.HasPrefix(line, ":") {
			name, value, _ := strings.Cut(line[1:], ":")
			pseudo[":"+name] = strings.TrimSpace(value)
			continue
		}
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	return pseudo, strings.Join(lines, "\r\n")
}

// headerValue is the value of a header that was given with its name before it, as it is copied from logs.
func headerValue(name, value string) string {
	before, after, found := strings.Cut(value, ":")
	if found && strings.EqualFold(strings.TrimSpace(before), name) {
		return strings.TrimSpace(after)
	}
	return value
}

// shortened is the beginning of a line, for an error.
func shortened(line string) string {
	line = strings.TrimSpace(line)
	if runes := []rune(line); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return line
}
