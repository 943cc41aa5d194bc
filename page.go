// Package cashier holds the files of the checkout page for Go programs that serve it: index.html, and what it loads from
// /js/. The programs are in the folders: package host runs the rules, package host/checkout is the service.
package cashier

import "embed"

// Files are the checkout page and its scripts, style sheets and drawings, under the paths that browsers ask for.
//
//go:embed index.html js/*.mjs js/form/*.mjs js/page/*.mjs js/page/*.css js/page/*.svg
var Files embed.FS
