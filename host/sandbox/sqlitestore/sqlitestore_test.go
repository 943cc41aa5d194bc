package sqlitestore

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/edgecashier/cashier/host/sandbox"
)

func TestStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pay ments?.db")
	open := func() *Store {
		s, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	save := func(changed []sandbox.Document, removed ...string) {
		if err := s.Save(t.Context(), changed, removed); err != nil {
			t.Fatal(err)
		}
	}
	save([]sandbox.Document{{PaymentID: "b", Sequence: 2, JSON: []byte(`{"n":2}`)}, {PaymentID: "a", Sequence: 1, JSON: []byte(`{"n":1}`)}})
	save([]sandbox.Document{{PaymentID: "a", Sequence: 1, JSON: []byte(`{"n":"铅笔"}`)}, {PaymentID: "c", Sequence: 3, JSON: []byte(`{}`)}}, "c", "unknown")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	defer s.Close()
	documents, err := s.Load(t.Context())
	// "c" is written and removed in one step: removing comes last.
	if err != nil || len(documents) != 2 || string(documents[0]) != `{"n":"铅笔"}` || string(documents[1]) != `{"n":2}` {
		t.Errorf("%q, %v", documents, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Save(cancelled, []sandbox.Document{{PaymentID: "d", JSON: []byte(`{}`)}}, nil); err == nil {
		t.Error("saved after the end of its context")
	}
}

func TestFilesRefused(t *testing.T) {
	folder := t.TempDir()
	text := filepath.Join(folder, "text")
	if err := os.WriteFile(text, []byte("This is no SQLite file, whatever its name may be."), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(folder, "newer.db")
	s, err := Open(t.Context(), newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec("PRAGMA user_version = 2"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	for _, path := range []string{text, newer, filepath.Join(folder, "no", "such.db"), folder} {
		if s, err := Open(t.Context(), path); err == nil {
			s.Close()
			t.Errorf("%s is accepted", path)
		}
	}
}
