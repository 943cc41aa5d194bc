package sandbox

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
)

// localRoutes are what the sandbox offers beyond Alipay: to programs and people on its own machine.
func (s *Server) localRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.landing)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /sandbox/api/public.pem", localOnly(s.publicKeyFile))
	mux.HandleFunc("GET /sandbox/api/merchants/{clientId}/private.pem", localOnly(s.merchantKeyFile))
	for _, language := range exampleLanguages {
		mux.HandleFunc("GET /sandbox/api/"+language.File, localOnly(s.exampleFile(language.File)))
	}
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := encode(value)
	if err != nil {
		http.Error(w, "The answer could not be written.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

func (s *Server) publicKeyFile(w http.ResponseWriter, _ *http.Request) {
	writePEM(w, "PUBLIC KEY", s.publicKeyDER())
}

func (s *Server) publicKeyDER() []byte { return publicDER(s.PublicKey()) }

// publicDER is a public key as Alipay's dashboard shows it, SubjectPublicKeyInfo.
func publicDER(key *rsa.PublicKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic(err) // an RSA key can always be written
	}
	return der
}

func (s *Server) publicKeyBase64() string {
	return base64.StdEncoding.EncodeToString(s.publicKeyDER())
}

// merchantKeyFile hands out a key that was given for that purpose.
func (s *Server) merchantKeyFile(w http.ResponseWriter, r *http.Request) {
	merchant, known := s.merchants[r.PathValue("clientId")]
	if !known || merchant.PrivateKey == nil {
		http.Error(w, "The sandbox has no private key of this merchant.", http.StatusNotFound)
		return
	}
	der, err := x509.MarshalPKCS8PrivateKey(merchant.PrivateKey)
	if err != nil {
		http.Error(w, "The key could not be written.", http.StatusInternalServerError)
		return
	}
	writePEM(w, "PRIVATE KEY", der)
}

func writePEM(w http.ResponseWriter, kind string, der []byte) {
	w.Header().Set("Content-Type", "application/x-pem-file")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
