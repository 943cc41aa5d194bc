package sandbox

import "regexp"

// diagnoses are the sentences that say why a message or its acknowledgement does not hold, as patterns, and the same in Chinese.
// The control API and the log have them in English.
var diagnoses = []struct {
	en *regexp.Regexp
	zh string
}{
	{regexp.MustCompile(`^the (?:message|answer) is not signed(?:, because the caller is not known)?$`), "报文没有签名"},
	{regexp.MustCompile(`^the sandbox has no key of version (\d+)$`), "沙箱没有版本 $1 的密钥"},
	{regexp.MustCompile(`^the body is not the one that was signed$`), "报文体与签名时不一致"},
	{regexp.MustCompile(`^the status is (\d+), not 200$`), "状态为 $1，而不是 200"},
	{regexp.MustCompile(`^the acknowledgement is not usable: (.*)$`), "确认报文无法使用：$1"},
	{regexp.MustCompile(`^the acknowledgement lacks "result": .*$`), `确认报文缺少 "result"：其成员位于最外层，应为 {"result":{"resultStatus":…}}`},
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
	{regexp.MustCompile(`^there is no request-time in the signed text$`), `签名原文缺少 request-time`},
	{regexp.MustCompile(`^seconds were signed as the request-time, and milliseconds sent$`), `签名时 request-time 使用秒，而发送的是毫秒`},
	{regexp.MustCompile(`^milliseconds were signed as the request-time, and another unit sent$`), `签名时 request-time 使用毫秒，而发送的是其他单位`},
	{regexp.MustCompile(`^the request-time was signed as ISO 8601, and sent as a number$`), `签名时 request-time 使用 ISO 8601，而发送的是数字`},
	{regexp.MustCompile(`^there is no full stop between the request-time and the body in the signed text$`), `签名原文中 request-time 与报文体之间缺少句点`},
	{regexp.MustCompile(`^there is no full stop between the client-id and the request-time in the signed text$`), `签名原文中 client-id 与 request-time 之间缺少句点`},
	{regexp.MustCompile(`^there are no full stops in the signed text$`), `签名原文缺少两个句点`},
	{regexp.MustCompile(`^line feeds were signed where full stops belong$`), `签名原文中应为句点的位置使用了换行`},
	{regexp.MustCompile(`^there is no line feed after the path in the signed text$`), `签名原文中路径之后缺少换行`},
	{regexp.MustCompile(`^a blank was signed after the path, where a line feed belongs$`), `签名原文中路径之后使用了空格，应为换行`},
	{regexp.MustCompile(`^a backslash and an n were signed after the path, where a line feed belongs$`), `签名原文中路径之后使用了字面的 \n，应为换行符`},
	{regexp.MustCompile(`^CR LF was signed after the path, where a line feed alone belongs$`), `签名原文中路径之后使用了 CR LF，应仅为换行符`},
	{regexp.MustCompile(`^there is no blank between the method and the path in the signed text$`), `签名原文中方法与路径之间缺少空格`},
	{regexp.MustCompile(`^there is no method in the signed text$`), `签名原文缺少方法`},
	{regexp.MustCompile(`^the method was signed in lower case$`), `签名时方法使用了小写`},
	{regexp.MustCompile(`^there is no client-id in the signed text$`), `签名原文缺少 client-id`},
	{regexp.MustCompile(`^there are neither client-id nor its full stop in the signed text$`), `签名原文缺少 client-id 及其后的句点`},
	{regexp.MustCompile(`^the request-time was signed in front of the client-id, not behind it$`), `签名原文中 request-time 位于 client-id 之前，应在其后`},
	{regexp.MustCompile(`^it was made with SHA-1, not with SHA-256$`), `签名使用了 SHA-1，而不是 SHA-256`},
	{regexp.MustCompile(`^it was made with SHA-512, not with SHA-256$`), `签名使用了 SHA-512，而不是 SHA-256`},
	{regexp.MustCompile(`^it was made with the padding PSS, not with PKCS #1 v1\.5$`), `签名使用了 PSS 填充，而不是 PKCS #1 v1.5`},
	{regexp.MustCompile(`^SHA-256 was applied twice$`), `SHA-256 被计算了两次`},
	{regexp.MustCompile(`^it was made with the sandbox's private key; sign with the merchant's$`), `签名使用了沙箱的私钥，请使用商户私钥`},
	{regexp.MustCompile(`^header (\S+) is required; there is a header (\S+) instead$`), "缺少报文头 $1，收到的是 $2"},
	{regexp.MustCompile(`^header (\S+) is required$`), "缺少报文头 $1"},
	{regexp.MustCompile(`^header (\S+) is given twice$`), "报文头 $1 出现了两次"},
	{regexp.MustCompile(`^header request-time must be ISO 8601 with offset, or milliseconds since the epoch; this one is in seconds$`), "报文头 request-time 应为带时区的 ISO 8601 或毫秒时间戳，收到的是秒"},
	{regexp.MustCompile(`^header request-time must be ISO 8601 with offset, or milliseconds since the epoch$`), "报文头 request-time 应为带时区的 ISO 8601 或毫秒时间戳"},
	{regexp.MustCompile(`^header signature cannot be read: (.*)$`), "报文头 signature 无法解析：$1"},
	{regexp.MustCompile(`^the sandbox knows no client-id (.*)$`), "沙箱没有 client-id $1"},
	{regexp.MustCompile(`^the sandbox has no call (.*)$`), "沙箱没有接口 $1"},
	{regexp.MustCompile(`^the merchant has no key of version (\d+)$`), "商户没有版本 $1 的密钥"},
	{regexp.MustCompile(`^(\S+) is required$`), "缺少 $1"},
	{regexp.MustCompile(`^(\S+) must not be empty$`), "$1 不能为空"},
	{regexp.MustCompile(`^(\S+) is too long$`), "$1 过长"},
	{regexp.MustCompile(`^(\S+) must be a string$`), "$1 应为字符串"},
	{regexp.MustCompile(`^the method must be POST$`), "方法应为 POST"},
	{regexp.MustCompile(`^the body is not usable: (.*)$`), "报文体无法使用：$1"},
	{regexp.MustCompile(`^the text is not UTF-8$`), "不是 UTF-8 编码"},
	{regexp.MustCompile(`^the text is not JSON$`), "不是 JSON"},
	{regexp.MustCompile(`^the text is not a JSON object$`), "不是 JSON 对象"},
	{regexp.MustCompile(`^the JSON is nested more than (\d+) levels deep$`), "JSON 嵌套超过 $1 层"},
	{regexp.MustCompile(`^the name (".*") occurs twice in one object$`), "同一对象中 $1 出现了两次"},
	{regexp.MustCompile(`^the part (".*") is not name=value$`), "$1 不是 name=value 的形式"},
	{regexp.MustCompile(`^the algorithm is (.*), not RSA256$`), "算法为 $1，而不是 RSA256"},
	{regexp.MustCompile(`^the keyVersion (".*") is not a positive number$`), "keyVersion $1 不是正整数"},
	{regexp.MustCompile(`^it holds no signature$`), "其中没有签名"},
	{regexp.MustCompile(`^the percent-encoding of the signature is broken$`), "签名的百分号编码有误"},
	{regexp.MustCompile(`^the signature is percent-encoded twice$`), "签名被百分号编码了两次"},
	{regexp.MustCompile(`^the signature is not base64$`), "签名不是 base64"},
	{regexp.MustCompile(`^(\S+) is given twice$`), "$1 出现了两次"},
}

// reasonBehind splits a sentence that ends with a reason of its own.
var reasonBehind = regexp.MustCompile(`^(the body is not usable|the acknowledgement is not usable|header signature cannot be read|it was not checked): (.*)$`)

// Diagnosis is why something does not hold, in the language of the page where it is one of the sandbox's own sentences.
func (c *console) Diagnosis(sentence string) string {
	if c.Language == chinese {
		if parts := reasonBehind.FindStringSubmatch(sentence); parts != nil {
			sentence = parts[1] + ": " + c.Diagnosis(parts[2])
		}
		for _, d := range diagnoses {
			if d.en.MatchString(sentence) {
				return d.en.ReplaceAllString(sentence, d.zh)
			}
		}
	}
	return sentence
}
