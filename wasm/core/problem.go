package core

import "slices"

// problem says what is wrong, where, and what to do about it.
type problem struct {
	code    Code
	path    string
	message string
}

// problems collects everything that is wrong with one input, so that a caller
// sees all of it at once. Errors refuse the input, warnings do not.
type problems struct {
	errors   []problem
	warnings []problem
	language language
}

// maxProblems bounds a reply: nobody reads the hundredth problem of one order.
const maxProblems = 100

func (p *problems) fail(code Code, path string, args ...string) {
	if len(p.errors) < maxProblems {
		p.errors = append(p.errors, problem{code, path, p.language.message(code, args)})
	}
}

func (p *problems) warn(code Code, path string, args ...string) {
	if len(p.warnings) < maxProblems {
		p.warnings = append(p.warnings, problem{code, path, p.language.message(code, args)})
	}
}

// soften takes over the errors of another list as warnings.
func (p *problems) soften(other *problems) {
	room := min(maxProblems-len(p.warnings), len(other.errors))
	p.warnings = append(p.warnings, other.errors[:max(room, 0)]...)
}

func (p *problems) ok() bool { return len(p.errors) == 0 }

func writeProblems(w *writer, name string, list []problem) {
	w.name(name)
	w.open('[')
	for _, problem := range list {
		w.open('{')
		w.member("code", problem.code.String())
		w.member("path", problem.path)
		w.member("message", problem.message)
		w.close('}')
	}
	w.close(']')
}

// usualReply is room for the replies of a usual payment, so that writing them does
// not move them again and again.
const usualReply = 2048

// newReply starts a reply object. Its members follow, and finish ends it.
func newReply(to []byte) *writer {
	w := &writer{b: slices.Grow(to, usualReply)}
	w.open('{')
	return w
}

// finish ends a reply with the problems.
func (p *problems) finish(w *writer) []byte {
	writeProblems(w, "errors", p.errors)
	writeProblems(w, "warnings", p.warnings)
	w.close('}')
	return w.b
}
