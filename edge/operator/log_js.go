package main

import (
	"bytes"
	"context"
	"log/slog"
)

// lines writes each line that is logged with the platform's console.
type lines struct{}

func (lines) Write(line []byte) (int, error) {
	logService.Invoke(string(bytes.TrimSuffix(line, []byte{'\n'})))
	return len(line), nil
}

type requestIDKey struct{}

// withRequestID has every line that is logged with the context carry the request's id.
func withRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// requestLog adds the request's id to what it hands on.
type requestLog struct{ slog.Handler }

// Handle adds the id.
func (l requestLog) Handle(ctx context.Context, record slog.Record) error {
	if id, ok := ctx.Value(requestIDKey{}).(string); ok && id != "" {
		record.AddAttrs(slog.String("requestId", id))
	}
	return l.Handler.Handle(ctx, record)
}

// WithAttrs keeps the id for the handler with attributes.
func (l requestLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestLog{l.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the id for the handler with a group.
func (l requestLog) WithGroup(name string) slog.Handler { return requestLog{l.Handler.WithGroup(name)} }
