package gateway

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"
)

// attributes makes attributes of names and values, by turns. Empty values are left out.
func attributes(pairs ...string) []slog.Attr {
	list := make([]slog.Attr, 0, len(pairs)/2+3)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			list = append(list, slog.String(pairs[i], printable(pairs[i+1])))
		}
	}
	return list
}

// logged runs one exchange with Alipay and writes its line: the operation, the ids, what Alipay answered and how long that took.
func logged[A interface{ answered() *Answered }](ctx context.Context, c *Client, o operation, ids []slog.Attr, exchange func() (A, error)) (A, error) {
	start := time.Now()
	answer, err := exchange()
	line := append([]slog.Attr{slog.String("operation", o.name)}, ids...)
	level, message := slog.LevelInfo, "alipay answered"
	var refused *ResultError
	switch {
	case err == nil:
		a := answer.answered()
		line = append(line, attributes("resultStatus", a.ResultStatus, "resultCode", a.ResultCode,
			"state", string(a.State), "outcome", string(a.Outcome))...)
	case errors.As(err, &refused):
		level = slog.LevelWarn
		line = append(line, attributes("resultStatus", refused.Result.ResultStatus, "resultCode", refused.Result.ResultCode,
			"outcome", string(refused.Outcome))...)
	default:
		level, message = slog.LevelWarn, "alipay gave no usable answer"
		if !errors.Is(err, ErrOutcomeUnknown) {
			message = "nothing was sent to alipay"
		}
		line = append(line, slog.Any("error", err))
	}
	c.log.LogAttrs(ctx, level, message, append(line, slog.Duration("after", time.Since(start)))...)
	return answer, err
}

// printable makes a stranger's text safe to print: visible ASCII, 256 characters at most.
func printable(text string) string {
	text = text[:min(len(text), 256)]
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}
