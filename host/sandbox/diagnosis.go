package sandbox

import "regexp"

// diagnoses are the sentences that say why a message or its acknowledgement does not hold, as patterns, and the same in Chinese.
// The control API and the log have them in English.
var diagnoses = []struct {
	en *regexp.Regexp
	zh string
}{
	{regexp.MustCompile(`^the (?:message|answer) is not signed(?:, as it is not known whom it is for)?$`), "报文没有签名"},
	{regexp.MustCompile(`^the sandbox has no key of version (\d+)$`), "沙箱没有版本 $1 的密钥"},
	{regexp.MustCompile(`^the body is not the one that was signed$`), "报文体与签名时不一致"},
	{regexp.MustCompile(`^the status is (\d+), not 200$`), "状态为 $1，而不是 200"},
	{regexp.MustCompile(`^the acknowledgement is not usable: (.*)$`), "确认报文无法使用：$1"},
	{regexp.MustCompile(`^the acknowledgement is incomplete: (.*)$`), "确认报文不完整：$1"},
	{regexp.MustCompile(`^(result\.\w+) is (".*"), not (".*")$`), "$1 为 $2，而不是 $3"},
	{regexp.MustCompile(`^it was not checked: (.*)$`), "未验签：$1"},
	{regexp.MustCompile(`^the signature has (\d+) bytes, the key (\d+)$`), "签名为 $1 字节，密钥为 $2 字节"},
	{regexp.MustCompile(`^it was made with key version (\d+), but names key version (\d+)$`), "签名使用的是密钥版本 $1，但注明的是版本 $2"},
	{regexp.MustCompile(`^it is not by the private key of version (\d+), or another method, path, client-id, request-time or body was signed$`),
		"签名不是由版本 $1 的私钥生成，或签名所用的方法、路径、client-id、request-time 或报文体与发送的不同"},
	{regexp.MustCompile(`^another client-id was signed than the one in the header$`), "签名所用的 client-id 与报文头中的不同"},
	{regexp.MustCompile(`^the path was signed without its query$`), "签名时路径缺少查询串"},
	{regexp.MustCompile(`^the whole URL was signed instead of the path$`), "签名使用了完整 URL，而不是路径"},
	{regexp.MustCompile(`^the path was signed without the /sandbox that was sent$`), "签名时路径缺少实际发送的 /sandbox"},
	{regexp.MustCompile(`^the path was signed with a /sandbox that was not sent$`), "签名时路径多了未发送的 /sandbox"},
	{regexp.MustCompile(`^the path was signed without its leading slash$`), "签名时路径缺少开头的斜杠"},
	{regexp.MustCompile(`^the end of the path alone was signed, without /ams and all$`), "签名时只用了路径末尾，缺少 /ams 等前缀"},
	{regexp.MustCompile(`^the path was signed decoded, not as it was sent$`), "签名时使用了解码后的路径，而不是发送的原文"},
	{regexp.MustCompile(`^the signed text ends without the body$`), "签名原文缺少报文体"},
	{regexp.MustCompile(`^the body was signed without the white space around it$`), "签名时去掉了报文体首尾的空白"},
	{regexp.MustCompile(`^the body was signed with a line feed that was not sent$`), "签名时报文体多了未发送的换行"},
	{regexp.MustCompile(`^the body was signed with other line ends than those sent$`), "签名时报文体的换行符与发送的不同"},
	{regexp.MustCompile(`^an empty JSON object was signed instead of the body$`), "签名使用了空的 JSON 对象，而不是报文体"},
	{regexp.MustCompile(`^the body was signed with \\/ for / or the other way round$`), `签名时报文体把 / 写成了 \/，或相反`},
	{regexp.MustCompile(`^the body was signed with / for \\/, which is what was sent$`), `签名时报文体使用 /，而发送的是 \/`},
	{regexp.MustCompile(`^the body was signed with a byte-order mark that was not sent$`), "签名时报文体多了未发送的字节顺序标记"},
	{regexp.MustCompile(`^the body was signed without white space and sent with it$`), "签名时报文体没有空白，发送时却有"},
	{regexp.MustCompile(`^the body was signed with white space and sent without it$`), "签名时报文体有空白，发送时却没有"},
}

// Diagnosis is why something does not hold, in the language of the page where it is one of the sandbox's own sentences.
func (c *console) Diagnosis(sentence string) string {
	if c.Language == chinese {
		for _, d := range diagnoses {
			if d.en.MatchString(sentence) {
				return d.en.ReplaceAllString(sentence, d.zh)
			}
		}
	}
	return sentence
}
