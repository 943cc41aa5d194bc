package sandbox

import "regexp"

var triggerPattern = regexp.MustCompile(`#sandbox:([a-z-]+)(?:=([A-Za-z0-9.-]+))?`)

// triggers are wishes that an order brings along in its description, such as "#sandbox:redirect=POST": a test asks for
// unusual behaviour without knowing more of the sandbox than its gateway.
func triggers(description string) map[string]string {
	wishes := map[string]string{}
	for _, match := range triggerPattern.FindAllStringSubmatch(description, -1) {
		wishes[match[1]] = match[2]
	}
	return wishes
}
