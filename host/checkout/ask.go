package checkout

import (
	"context"
	"encoding/json"
	"fmt"
)

// ask runs an operation of the core and reads its reply. Problems are part of the reply.
func (s *Service) ask(ctx context.Context, operation string, input, reply any) error {
	text, err := json.Marshal(input)
	if err != nil {
		return err
	}
	raw, err := s.core.Call(ctx, operation, text)
	if err != nil {
		return fmt.Errorf("core: %s: %w", operation, err)
	}
	if err := json.Unmarshal(raw, reply); err != nil {
		return fmt.Errorf("core: %s: %w", operation, err)
	}
	return nil
}
