package sandbox

import "net/http"

// landing is what the front page tells a developer.
type landing struct {
	Origin     string
	PublicKey  string
	KeyVersion int
	Merchants  []landingMerchant
	Example    string // only for visitors from this machine
}

type landingMerchant struct {
	ClientID   string
	Name       string
	KeyVersion int
	KeyPath    string // of the private key, if the sandbox hands it out to this visitor
}

func (s *Server) landing(w http.ResponseWriter, r *http.Request) {
	local := isLocal(r)
	page := &landing{Origin: s.origin(r), PublicKey: s.publicKeyBase64(), KeyVersion: s.options.KeyVersion}
	for i := range s.options.Merchants {
		m := &s.options.Merchants[i]
		shown := landingMerchant{ClientID: m.ClientID, Name: m.displayName(), KeyVersion: m.newestKeyVersion()}
		if local && m.PrivateKey != nil {
			shown.KeyPath = "/sandbox/api/merchants/" + m.ClientID + "/private.pem"
		}
		page.Merchants = append(page.Merchants, shown)
	}
	if local {
		page.Example = s.example(r)
	}
	s.render(w, r, http.StatusOK, "landing", &view{Landing: page})
}
