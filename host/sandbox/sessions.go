package sandbox

import "sync"

// session is a shopper who has logged in at the cashier to pay one payment.
type session struct {
	paymentID string
	account   string // masked, for display only
}

const maximumSessions = 4096

// sessions remembers the latest sessions.
type sessions struct {
	mu    sync.Mutex
	byID  map[string]session
	order []string
}

func newSessions() *sessions { return &sessions{byID: map[string]session{}} }

func (s *sessions) open(paymentID, account string) string {
	id := newSessionID()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.order) == maximumSessions {
		delete(s.byID, s.order[0])
		s.order = s.order[1:]
	}
	s.order = append(s.order, id)
	s.byID[id] = session{paymentID: paymentID, account: maskAccount(account)}
	return id
}

func (s *sessions) get(id string) (session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.byID[id]
	return found, ok
}

func (s *sessions) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID, s.order = map[string]session{}, nil
}

// maskAccount shows the first three and the last two characters of an account.
func maskAccount(account string) string {
	letters := []rune(account)
	if len(letters) <= 5 {
		return string(letters[:1]) + "***"
	}
	return string(letters[:3]) + "***" + string(letters[len(letters)-2:])
}
