package sandbox

import "strings"

// triggers are wishes that an order brings along in its description, such as "#sandbox:redirect=POST": a test asks for
// unusual behaviour without knowing more of the sandbox than its gateway.
func triggers(description string) map[string]string {
	wishes := map[string]string{}
	if !strings.Contains(description, "#sandbox:") {
		return wishes
	}
	for _, match := range triggerPattern.FindAllStringSubmatch(description, -1) {
		wishes[match[2]] = match[3]
	}
	return wishes
}

// faultWishes are the wishes of an order that are faults.
func faultWishes(description string) (wishes []fault) {
	if !strings.Contains(description, "#sandbox:") {
		return nil
	}
	for _, match := range triggerPattern.FindAllString(description, -1) {
		if f, err := parseFault(strings.TrimPrefix(match, "#sandbox:")); err == nil {
			wishes = append(wishes, f)
		}
	}
	return wishes
}
