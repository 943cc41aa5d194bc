package sandbox

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"net/http"
	"time"
)

//go:embed pages/cashier.css
var styleSheet []byte

//go:embed pages/cashier.js
var script []byte

//go:embed pages/console.css
var consoleStyleSheet []byte

//go:embed pages/console.js
var consoleScript []byte

//go:embed pages/copy.js
var copyScript []byte

//go:embed pages/icon.svg
var icon []byte

// asset is a file of the pages.
type asset struct {
	kind    string
	content []byte
	tag     string
}

func newAsset(kind string, content []byte) asset {
	return asset{kind: kind, content: content, tag: fmt.Sprintf(`"%x"`, sha256.Sum256(content))}
}

var assets = map[string]asset{
	"cashier.css": newAsset("text/css; charset=utf-8", styleSheet),
	"cashier.js":  newAsset("text/javascript; charset=utf-8", script),
	"console.css": newAsset("text/css; charset=utf-8", consoleStyleSheet),
	"console.js":  newAsset("text/javascript; charset=utf-8", consoleScript),
	"copy.js":     newAsset("text/javascript; charset=utf-8", copyScript),
	"icon.svg":    newAsset("image/svg+xml", icon),
}

func serveAsset(w http.ResponseWriter, r *http.Request) {
	found, ok := assets[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", found.kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", found.tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(found.content))
}
