package main

import (
	"net/http"
	"time"

	"cert-health/hub/internal/standin"
	"cert-health/hub/internal/standin/credhub"
	"cert-health/hub/internal/standin/director"
	"cert-health/hub/internal/standin/opsman"
	"cert-health/internal/scenario"
)

// serve starts a stand-in behind TLS.
func (s *stage) serve(handler http.Handler) (*standin.Server, error) {
	server, err := standin.Serve(handler, s.ca)
	if err == nil {
		s.closers = append(s.closers, server.Close)
	}
	return server, err
}

// in is a time of the story.
func (s *stage) in(days int) time.Time { return s.started.AddDate(0, 0, days) }

// credHub has the certificates of a deployment: one expires soon, and a CA is being rotated.
func (s *stage) credHub() error {
	c := credhub.New(credhub.Options{UAA: s.uaa, UAAURL: s.uaaURL})
	c.Permit("uaa-client:"+clientID, "/*", "read")
	for _, one := range []struct {
		name, ca string
		spec     scenario.Spec
	}{
		{"/bosh/cf/application_ca", "", scenario.Spec{CommonName: "appRootCA", CA: true, NotBefore: s.in(-700), NotAfter: s.in(25)}},
		{"/bosh/cf/diego_instance_identity_ca", "/bosh/cf/application_ca", scenario.Spec{CommonName: "instanceIdentityCA", CA: true, NotBefore: s.in(-100), NotAfter: s.in(24)}},
		{"/bosh/cf/router_ca", "", scenario.Spec{CommonName: "routerCA", CA: true, NotAfter: s.in(700)}},
		{"/bosh/cf/router_ssl", "/bosh/cf/router_ca", scenario.Spec{CommonName: "*.apps.example.com", NotBefore: s.in(-360), NotAfter: s.in(5)}},
		{"/bosh/cf/loggregator_tls_doppler", "/bosh/cf/router_ca", scenario.Spec{CommonName: "doppler", NotAfter: s.in(300)}},
		{"/bosh/mysql/server_certificate", "/bosh/cf/router_ca", scenario.Spec{CommonName: "mysql.service.cf.internal", NotAfter: s.in(200)}},
	} {
		if _, err := c.Generate(one.name, one.ca, one.spec); err != nil {
			return err
		}
	}
	server, err := s.serve(c)
	if err == nil {
		s.CredHub = server.URL
	}
	return err
}

// director lists the VMs, and has a certificate of its own that expires soon.
func (s *stage) director() error {
	d := director.New(director.Options{UAA: s.uaa, UAAURL: s.uaaURL})
	d.SetDeployments(director.Deployment{Name: deployment, Instances: listed(s.vms)})
	d.SetCertificates(
		director.Expiry{Path: "director.ssl.cert", Expiry: s.in(300).UTC().Format(time.RFC3339), Days: 300},
		director.Expiry{Path: "nats.tls.ca", Expiry: s.in(6).UTC().Format(time.RFC3339), Days: 6},
	)
	server, err := s.serve(d)
	if err == nil {
		s.Director = server.URL
	}
	return err
}

// opsManager has a certificate that a procedure rotates.
func (s *stage) opsManager() error {
	o := opsman.New(opsman.Options{UAA: s.uaa})
	o.SetCertificates(opsman.Certificate{
		Issuer: "/C=US/O=Pivotal", ValidFrom: s.in(-700).UTC().Format(time.RFC3339), ValidUntil: s.in(20).UTC().Format(time.RFC3339),
		PropertyReference: ".properties.networking_poe_ssl_certs", PropertyType: "rsa_cert_credentials", ProductGUID: "cf-0123456789abcdef", Location: "ops_manager",
		Procedure: "Configurable certificates", ProcedureURL: "https://techdocs.broadcom.com/rotate-configurable",
	})
	server, err := s.serve(o)
	if err == nil {
		s.OpsManager = server.URL
	}
	return err
}
