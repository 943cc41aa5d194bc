package core

// Messages answers with the whole catalogue in one language:
//
//	{"language":"zh-CN"} →
//	{"messages":[{"code":"FIELD_REQUIRED","message":"…"},…],
//	 "outcomes":[{"outcome":"WAIT","advice":{"operator":"…","shopper":"…"}},…],"errors":[],"warnings":[]}
//
// {0} and {1} in a message stand for what a rule fills in.
func Messages(reply, input []byte) []byte {
	var p problems
	if head, ok := parseHead(input, &p); ok {
		readLanguage(head)
	}
	w := newReply(reply)
	if !p.ok() {
		return p.finish(w)
	}
	w.name("messages")
	w.open('[')
	for code := Code(1); int(code) < len(catalogue); code++ {
		w.open('{')
		w.member("code", code.String())
		w.member("message", p.language.message(code, nil))
		w.close('}')
	}
	w.close(']')
	w.name("outcomes")
	w.open('[')
	for i := range advice {
		w.open('{')
		w.member("outcome", string(advice[i].outcome))
		advice[i].outcome.writeAdvice(w, p.language, callPay, "")
		w.close('}')
	}
	w.close(']')
	return p.finish(w)
}
