//go:build !js

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "this program runs in a Cloudflare Worker; build it with node build.mjs")
	os.Exit(2)
}
