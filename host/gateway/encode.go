package gateway

import (
	"encoding/json"
	"sync"
)

// scratch is room in which inputs of the core are put together; the few that are larger get memory of their own. A [Core] keeps
// nothing of its input, so the next call may use the room again.
var scratch = sync.Pool{New: func() any { return new([4096]byte) }}

func borrowScratch() *[4096]byte { return scratch.Get().(*[4096]byte) }

// appendJSON appends a text as a JSON string. Nearly all texts here are plain ASCII, for which a look at each byte is enough;
// reflection for every head of a message would cost as much as the core's own work.
func appendJSON(to []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := json.Marshal(text)
			if err != nil {
				panic(err) // a string has always a JSON form
			}
			return append(to, quoted...)
		}
	}
	to = append(to, '"')
	to = append(to, text...)
	return append(to, '"')
}
