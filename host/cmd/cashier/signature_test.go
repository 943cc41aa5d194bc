package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type vector struct {
	ID              string
	Expect          string
	Path            string
	ClientID        string `json:"client_id"`
	Time            string
	SignatureHeader string `json:"signature_header"`
	Body            string
	PublicKey       string `json:"public_key_spki_b64"`
}

type vectorFile struct {
	RecoveredKey struct {
		SPKI string `json:"spki_b64"`
	} `json:"recovered_key"`
	OwnKey struct {
		PKCS8       string `json:"private_pkcs8_b64"`
		PKCS1       string `json:"private_pkcs1_b64"`
		PKCS8PEM    string `json:"private_pkcs8_pem"`
		PKCS1PEM    string `json:"private_pkcs1_pem"`
		SPKIPEM     string `json:"public_spki_pem"`
		PublicPKCS1 string `json:"public_pkcs1_b64"`
	} `json:"own_key"`
	Vectors []vector
}

func vectors(t *testing.T) (f vectorFile) {
	t.Helper()
	text, err := os.ReadFile("../../../wasm/vectors/signatures.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func ownPrivatePKCS8(t *testing.T) string { return vectors(t).OwnKey.PKCS8 }

func TestVerifySeedNotifications(t *testing.T) {
	f := vectors(t)
	key := file(t, "alipay.txt", f.RecoveredKey.SPKI)
	seen := 0
	for _, v := range f.Vectors {
		if !strings.HasPrefix(v.ID, "seed-notify-") {
			continue
		}
		seen++
		args := []string{"verify", "--public-key", key, "--path", "/", "--client-id", client, "--time", v.Time, "--signature", v.SignatureHeader}
		if r := cashier(t, v.Body, args...).want(t, 0); !strings.HasPrefix(r.out, "good") || !strings.Contains(r.out, "version 1") {
			t.Errorf("%s: %s", v.ID, r.out)
		}
		cashier(t, "", append(args, file(t, "body", v.Body))...).want(t, 0)
		cashier(t, v.Body+"\n", args...).want(t, 1)
	}
	if seen != 2 {
		t.Errorf("%d notifications", seen)
	}
}

func TestVerifyVectors(t *testing.T) {
	seen := map[string]int{}
	for _, v := range vectors(t).Vectors {
		code, known := map[string]int{"valid": 0, "invalid": 1}[v.Expect]
		if !known {
			continue
		}
		seen[v.Expect]++
		t.Run(v.ID, func(t *testing.T) {
			r := cashier(t, v.Body, "verify", "--public-key", file(t, "key", v.PublicKey), "--path", v.Path,
				"--client-id", v.ClientID, "--time", v.Time, "--signature", v.SignatureHeader).want(t, code)
			if word := []string{"good", "bad"}[code]; !strings.HasPrefix(r.out, word+": ") || r.err != "" {
				t.Errorf("%+v", r)
			}
		})
	}
	if seen["valid"] < 10 || seen["invalid"] < 9 {
		t.Errorf("too few vectors: %v", seen)
	}
}

func TestSignVectors(t *testing.T) {
	f := vectors(t)
	forms := map[string]string{
		"PKCS#8": f.OwnKey.PKCS8, "PKCS#1": f.OwnKey.PKCS1, "PKCS#8 PEM": f.OwnKey.PKCS8PEM, "PKCS#1 PEM": f.OwnKey.PKCS1PEM,
		"wrong label": strings.ReplaceAll(f.OwnKey.PKCS8PEM, "PRIVATE KEY", "RSA PRIVATE KEY"),
		"CRLF":        strings.ReplaceAll(f.OwnKey.PKCS1PEM, "\n", "\r\n"),
	}
	keys := map[string]string{}
	for form, text := range forms {
		keys[form] = file(t, "key", text)
	}
	seen := 0
	for _, v := range f.Vectors {
		if !strings.HasPrefix(v.ID, "own-") || v.Expect != "valid" {
			continue
		}
		seen++
		args := []string{"--path", v.Path, "--client-id", v.ClientID, "--time", v.Time}
		for form, key := range keys {
			if form != "PKCS#8" && seen > 1 {
				continue
			}
			r := cashier(t, v.Body, append([]string{"sign", "--key", key}, args...)...).want(t, 0)
			if r.out != v.SignatureHeader+"\n" || r.err != "" {
				t.Errorf("%s with %s: %s\nwant %s", v.ID, form, r.out, v.SignatureHeader)
			}
		}
	}
	if seen < 8 {
		t.Errorf("only %d vectors", seen)
	}
	r := cashier(t, "{}", "sign", "--key", keys["PKCS#8"], "--path", "/", "--client-id", "C", "--time", seedTime, "--key-version", "7").want(t, 0)
	if !strings.HasPrefix(r.out, "algorithm=RSA256,keyVersion=7,signature=") {
		t.Error(r.out)
	}
}

func TestKeygenBuildSignVerify(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "keys")
	r := cashier(t, "", "keygen", "--out", folder).want(t, 0)
	for _, name := range []string{"merchant-private.pem", "merchant-public.pem", "sandbox-private.pem", "sandbox-public.pem"} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if private := strings.Contains(name, "private"); private && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", name, info.Mode())
		}
		if !strings.Contains(r.out, name) {
			t.Errorf("%s is not named in %s", name, r.out)
		}
	}
	before, _ := os.ReadFile(filepath.Join(folder, "merchant-private.pem"))
	if r := cashier(t, "", "keygen", "--out", folder).want(t, 1); !strings.Contains(r.err, "there already") {
		t.Error(r.err)
	}
	if after, _ := os.ReadFile(filepath.Join(folder, "merchant-private.pem")); string(after) != string(before) {
		t.Error("a key was overwritten")
	}
	os.Remove(filepath.Join(folder, "merchant-private.pem"))
	cashier(t, "", "keygen", "--out", folder).want(t, 1)
	if _, err := os.Stat(filepath.Join(folder, "merchant-private.pem")); err == nil {
		t.Error("keygen filled up a folder in which keys were left")
	}
	if err := os.WriteFile(filepath.Join(folder, "merchant-private.pem"), before, 0o600); err != nil {
		t.Fatal(err)
	}

	body := cashier(t, seedOrder, "build", "--time", seedTime, "--show", "body").want(t, 0).out
	what := []string{"--path", seedPath, "--client-id", client, "--time", seedTime}
	signature := cashier(t, body, append([]string{"sign", "--key", filepath.Join(folder, "merchant-private.pem"), "--key-version", "2"}, what...)...).want(t, 0).out
	verify := func(key, signature string) result {
		return cashier(t, body, append([]string{"verify", "--public-key", filepath.Join(folder, key), "--signature", strings.TrimSpace(signature)}, what...)...)
	}
	verify("merchant-public.pem", signature).want(t, 0)
	if r := verify("sandbox-public.pem", signature).want(t, 1); !strings.Contains(r.out, "SIGNATURE_MISMATCH") {
		t.Error(r.out)
	}
	if r := verify("merchant-public.pem", "algorithm=RSA256,keyVersion=2,signature=AAAA").want(t, 1); !strings.Contains(r.out, "SIGNATURE_LENGTH") {
		t.Error(r.out)
	}
	if r := verify("merchant-public.pem", "").want(t, 1); !strings.HasPrefix(r.out, "bad: ") {
		t.Error(r.out)
	}
	verify("merchant-public.pem", strings.Replace(signature, "RSA256", "RSA512", 1)).want(t, 1)
}
