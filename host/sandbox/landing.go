package sandbox

import "net/http"

// landing is what the front page tells a developer.
type landing struct {
	Origin     string
	PublicKey  string
	KeyVersion int
	SignsPath  bool // notifications sign the path of their URL without its query
	Merchants  []landingMerchant
	Examples   []landingExample // only for visitors from this machine
}

type landingExample struct{ Name, File, Run, Text string }

type landingMerchant struct {
	ClientID   string
	Name       string
	KeyVersion int
	KeyPath    string // of the private key, if the sandbox hands it out to this visitor
	KeyFile    string // where the merchant keeps it on this machine, if that is known
}

func (s *Server) landing(w http.ResponseWriter, r *http.Request) {
	local := isLocal(r)
	page := &landing{Origin: s.origin(r), PublicKey: s.publicKeyBase64(), KeyVersion: s.options.KeyVersion,
		SignsPath: s.options.NotifySigns == SignsPath}
	for i := range s.options.Merchants {
		m := &s.options.Merchants[i]
		shown := landingMerchant{ClientID: m.ClientID, Name: m.displayName(), KeyVersion: m.newestKeyVersion()}
		if local && m.PrivateKey != nil {
			shown.KeyPath = "/sandbox/api/merchants/" + m.ClientID + "/private.pem"
		}
		if local && m.PrivateKey == nil {
			shown.KeyFile = m.PrivateKeyFile
		}
		page.Merchants = append(page.Merchants, shown)
	}
	if local {
		for _, language := range exampleLanguages {
			page.Examples = append(page.Examples, landingExample{language.Name, language.File, language.Run, s.example(r, language.File)})
		}
	}
	s.render(w, r, http.StatusOK, "landing", &view{Landing: page})
}
