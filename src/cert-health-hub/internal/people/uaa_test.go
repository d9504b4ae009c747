package people_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// uaa answers as a UAA does where that differs from other providers: its issuer has a path, its ID tokens
// have no groups, and an access token has those groups of the person that were asked for as scopes.
type uaa struct {
	*httptest.Server
	keys         *mockoidc.Keypair
	groups       []string
	otherSubject bool
	asked        url.Values // of the last login
}

func newUAA(groups ...string) *uaa {
	GinkgoHelper()
	keys, err := mockoidc.DefaultKeypair()
	Expect(err).NotTo(HaveOccurred())
	u := &uaa{keys: keys, groups: groups}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth/token/.well-known/openid-configuration", u.configuration)
	mux.HandleFunc("GET /token_keys", func(w http.ResponseWriter, _ *http.Request) {
		set, _ := keys.JWKS()
		_, _ = w.Write(set)
	})
	mux.HandleFunc("GET /oauth/authorize", func(w http.ResponseWriter, r *http.Request) {
		u.asked = r.URL.Query()
		back := url.Values{"code": {"code"}, "state": {u.asked.Get("state")}}
		http.Redirect(w, r, u.asked.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
	})
	mux.HandleFunc("POST /oauth/token", u.token)
	u.Server = httptest.NewServer(mux)
	DeferCleanup(u.Close)
	return u
}

func (u *uaa) issuer() string { return u.URL + "/oauth/token" }

func (u *uaa) configuration(w http.ResponseWriter, _ *http.Request) {
	_ = json.NewEncoder(w).Encode(map[string]any{"issuer": u.issuer(), "authorization_endpoint": u.URL + "/oauth/authorize",
		"token_endpoint": u.URL + "/oauth/token", "jwks_uri": u.URL + "/token_keys", "scopes_supported": []string{"openid"},
		"id_token_signing_alg_values_supported": []string{"RS256"}})
}

func (u *uaa) token(w http.ResponseWriter, r *http.Request) {
	challenge, _ := mockoidc.GenerateCodeChallenge("S256", r.PostFormValue("code_verifier"))
	user, password, _ := r.BasicAuth()
	if challenge != u.asked.Get("code_challenge") || user != "hub" || password != "hubsecret" {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	var granted []string
	for _, scope := range strings.Fields(u.asked.Get("scope")) {
		if scope == "openid" || slices.Contains(u.groups, scope) {
			granted = append(granted, scope)
		}
	}
	subject := "4711"
	if u.otherSubject {
		subject = "0815"
	}
	id := u.sign(jwt.MapClaims{"sub": "4711", "aud": []string{"hub"}, "scope": []string{"openid"}, "user_name": "marissa", "nonce": u.asked.Get("nonce")})
	access := u.sign(jwt.MapClaims{"sub": subject, "aud": []string{"openid", "cert-health"}, "scope": granted})
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": access, "token_type": "bearer", "id_token": id, "expires_in": 600})
}

func (u *uaa) sign(claims jwt.MapClaims) string {
	claims["iss"], claims["iat"], claims["exp"] = u.issuer(), time.Now().Unix(), time.Now().Add(time.Hour).Unix()
	signed, err := u.keys.SignJWT(claims)
	if err != nil {
		return err.Error()
	}
	return signed
}
