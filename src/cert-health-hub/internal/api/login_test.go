package api_test

import (
	"context"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/api"
	"cert-health/hub/internal/catalog/sample"
	"cert-health/hub/internal/people"
)

var _ = Describe("logging in", func() {
	It("exchanges a password for a token", func() {
		r := newRig(0)
		login := decode[api.Login](r.ask("", "POST", "/v1/login", `{"username":"ann","password":"`+password+`"}`), http.StatusOK)
		Expect(login.Role).To(Equal(people.Viewer))
		r.tokens["new"] = login.Token
		Expect(r.ask("new", "GET", "/v1/certificates", "").Code).To(Equal(http.StatusOK))
	})

	It("never shows a password again", func() {
		r := newRig(0)
		for _, body := range []string{
			`{"username":"bob","password":"` + password + `"}`, `{"username":1,"password":"` + password + `"}`,
			`{"username":"ann","password":["` + password + `"]}`, `{"user":"` + password + `","password":"` + strings.Repeat(password, 100) + `"}`, password,
		} {
			answer := r.ask("", "POST", "/v1/login", body)
			Expect(answer.Code).To(BeNumerically("~", 411, 11), body)
			Expect(answer.Body.String()).NotTo(ContainSubstring(password))
			Expect(r.ask("", "POST", "/v1/auth", body).Body.String()).NotTo(ContainSubstring(password))
		}
		Expect(r.log.String()).NotTo(ContainSubstring(password))
	})

	It("says how long to wait after too many attempts", func() {
		r := newRig(0)
		for {
			answer := r.ask("", "POST", "/v1/login", `{"username":"ann","password":"wrong"}`)
			if answer.Code == http.StatusUnauthorized {
				continue
			}
			Expect(answer.Code).To(Equal(http.StatusTooManyRequests))
			Expect(answer.Header().Get("Retry-After")).To(MatchRegexp(`^[1-9]\d*$`))
			break
		}
		Expect(r.ask("", "POST", "/v1/auth", `{"username":"ann","password":"wrong"}`).Code).To(Equal(http.StatusTooManyRequests))
	})

	It("waits for the confirmation in the browser", func() {
		r := newRig(0)
		device := decode[api.StartedDevice](r.ask("", "POST", "/v1/device", ""), http.StatusOK)
		body := `{"device_code":"` + device.DeviceCode + `"}`
		Expect(decode[api.Polled](r.ask("", "POST", "/v1/device/token", body), http.StatusAccepted).Pending).To(BeTrue())
		Expect(r.store.ConfirmDevice(context.Background(), device.UserCode, "ann", "viewer", sample.Now())).To(Succeed())
		polled := decode[api.Polled](r.ask("", "POST", "/v1/device/token", body), http.StatusOK)
		Expect(polled.Pending).To(BeFalse())
		r.tokens["device"] = polled.Token
		Expect(r.ask("device", "GET", "/v1/certificates", "").Code).To(Equal(http.StatusOK))
		Expect(r.ask("", "POST", "/v1/device/token", body).Code).To(Equal(http.StatusUnauthorized))
	})

	It("is not needed where the hub has none, and no token is", func() {
		options := people.Default()
		options.Local, options.None, options.InsecurePublicNone = false, true, true
		r := newRigWith(0, options)
		Expect(r.ask("", "GET", "/v1/certificates", "").Code).To(Equal(http.StatusOK))
		Expect(r.ask("", "POST", "/v1/refresh", "").Code).To(Equal(http.StatusAccepted))
		Expect(r.ask("", "POST", "/v1/tokens", `{"name":"x"}`).Code).To(Equal(http.StatusConflict))
		Expect(r.ask("", "POST", "/v1/login", `{"username":"ann","password":"x"}`).Code).To(Equal(http.StatusNotImplemented))
		Expect(decode[api.Events](r.ask("", "GET", "/v1/events", ""), http.StatusOK).Events[0].Actor).To(Equal("someone without a login"))
	})

	It("is refused from elsewhere if a hub without a login answers only its machine", func() {
		options := people.Default()
		options.Local, options.None = false, true
		Expect(newRigWith(0, options).ask("", "GET", "/v1/certificates", "").Code).To(Equal(http.StatusForbidden))
	})
})
