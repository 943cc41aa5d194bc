package core

import (
	"strings"
	"testing"
)

func TestPlainLength(t *testing.T) {
	for c := range 256 {
		want := 0
		if c >= ' ' && c < 0x7F && c != '"' && c != '\\' {
			want = 1
		}
		for length := range 20 {
			for at := range length {
				text := strings.Repeat("x", at) + string([]byte{byte(c)}) + strings.Repeat("~", length-at-1)
				expected := at
				if want == 1 {
					expected = length
				}
				if got := plainLength(text); got != expected {
					t.Fatalf("%q: got %d, want %d", text, got, expected)
				}
			}
		}
	}
}
