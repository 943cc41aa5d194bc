package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Core runs one operation of core.wasm: JSON in, JSON out. It must be safe for concurrent use. An error that has a method
// Code() string is taken for a problem with the input, any other for a failure of the Core itself.
//
// Call must not keep the input, and must not write to a reply that it has returned.
//
// *host.Core is one.
type Core interface {
	Call(ctx context.Context, operation string, input []byte) ([]byte, error)
}

// report is what every reply has; each reply type embeds it.
type report struct{ Errors, Warnings Problems }

func (r report) refused() Problems { return r.Errors }

// ask runs an operation and reads its reply. Problems that the core found come back as [Problems].
func ask[Reply interface{ refused() Problems }](ctx context.Context, core Core, operation string, input []byte) (reply Reply, err error) {
	raw, err := call(ctx, core, operation, input)
	if err != nil {
		return reply, err
	}
	return readReply[Reply](operation, raw)
}

func readReply[Reply interface{ refused() Problems }](operation string, raw []byte) (reply Reply, err error) {
	if err := json.Unmarshal(raw, &reply); err != nil {
		return reply, fmt.Errorf("core: %s: unexpected reply: %w", operation, err)
	}
	if problems := reply.refused(); len(problems) > 0 {
		return reply, problems
	}
	return reply, nil
}

func call(ctx context.Context, core Core, operation string, input []byte) ([]byte, error) {
	reply, err := core.Call(ctx, operation, input)
	if err == nil {
		return reply, nil
	}
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		return nil, Problems{{Code: Code(coded.Code()), Message: err.Error()}}
	}
	return nil, fmt.Errorf("core: %w", err)
}
