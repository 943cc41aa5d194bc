package checkout

import (
	"bytes"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/edgecashier/cashier"
	"github.com/edgecashier/cashier/host/checkout/pages"
	"github.com/edgecashier/cashier/wasm"
)

// files are what pages load, by pattern.
func (s *Service) files() map[string]http.Handler {
	static := http.StripPrefix("/pages/", http.FileServerFS(pages.Static()))
	scripts := http.FileServerFS(cashier.Files)
	return map[string]http.Handler{
		"GET /pages/{name}": cached(static),
		"GET /js/": cached(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch path.Ext(r.URL.Path) { // no lists of folders, and nothing but what a page needs
			case ".mjs", ".css", ".svg":
				if strings.HasSuffix(r.URL.Path, ".mjs") {
					w.Header().Set("Content-Type", "text/javascript; charset=utf-8") // whatever this machine's table says
				}
				scripts.ServeHTTP(w, r)
			default:
				http.NotFound(w, r)
			}
		})),
		"GET /core.wasm": cached(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "core.wasm", time.Time{}, bytes.NewReader(wasm.Core))
		})),
	}
}

// cached lets browsers keep a file for a while.
func cached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=300")
		next.ServeHTTP(w, r)
	})
}
