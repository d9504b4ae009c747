package people

import "net/http"

// Route is one path of this package, and who may use it.
type Route struct {
	Method, Path string
	Role         Role
	handler      http.HandlerFunc
}

// Routes are all paths that the Service answers.
func (s *Service) Routes() []Route {
	routes := []Route{
		{http.MethodGet, "/login", Anyone, s.loginPage},
		{http.MethodPost, "/login", Anyone, s.login},
		{http.MethodPost, "/logout", Anyone, s.logout},
		{http.MethodGet, "/device", Viewer, s.devicePage},
		{http.MethodPost, "/device", Viewer, s.device},
	}
	if s.provider != nil {
		routes = append(routes, Route{http.MethodGet, "/oidc/start", Anyone, s.startOIDC},
			Route{http.MethodGet, "/oidc/callback", Anyone, s.finishOIDC})
	}
	return routes
}

// maxForm bounds what a form may send, in bytes.
const maxForm = 16 << 10

// Handler answers all Routes. A write that another site makes a browser send is refused.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, route := range s.Routes() {
		mux.Handle(route.Method+" "+route.Path, s.Require(route.Role, route.handler))
	}
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		mux.ServeHTTP(w, r)
	}))
}
