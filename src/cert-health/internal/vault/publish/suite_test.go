package publish_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publication"
	"cert-health/internal/vault/publish"
)

func TestPublish(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Publish")
}

var (
	server *vaulttest.Server
	ctx    = context.Background()
)

var _ = BeforeSuite(func() {
	server = vaulttest.Start(scenario.DevVaultOptions{})
})

// each does something for n things, several at once.
func each(n int, do func(i int)) {
	var group sync.WaitGroup
	var next atomic.Int64
	for range 8 {
		group.Go(func() {
			defer GinkgoRecover()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	group.Wait()
}

// setting says how a test publishes.
type setting struct {
	publish.Options
	token   string
	address string
}

func below(paths ...string) setting {
	return setting{Options: publish.Options{Paths: paths, MaxSecrets: 50_000, Now: time.Now}}
}

func (s setting) publisher() *publish.Publisher {
	GinkgoHelper()
	o := client.Options{Address: server.Address, Auth: client.Auth{Token: secret.New(server.Token)}, MaxWait: time.Millisecond}
	if s.token != "" {
		o.Auth.Token = secret.New(s.token)
	}
	if s.address != "" {
		o.Address = s.address
	}
	client, err := client.New(o)
	Expect(err).NotTo(HaveOccurred())
	return publish.New(client, s.Options)
}

// run publishes once, with nothing remembered.
func (s setting) run() *publish.Result {
	GinkgoHelper()
	result, err := s.publisher().Run(ctx)
	Expect(err).NotTo(HaveOccurred())
	return result
}

// publishAll publishes what is below a path, without any problem.
func publishAll(paths ...string) *publish.Result {
	GinkgoHelper()
	result := below(paths...).run()
	Expect(result.Problems).To(BeEmpty())
	return result
}

// metadata returns the metadata of a secret.
func metadata(engine, path string) client.Metadata {
	GinkgoHelper()
	vault, err := client.New(client.Options{Address: server.Address, Auth: client.Auth{Token: secret.New(server.Token)}})
	Expect(err).NotTo(HaveOccurred())
	Expect(vault.Authenticate(ctx)).To(Succeed())
	read, err := vault.ReadMetadata(ctx, client.Mount{Path: engine + "/", Version: 2}, path)
	Expect(err).NotTo(HaveOccurred())
	return read
}

// published returns the publication of a secret in an engine of version 2.
func published(engine, path string) publication.Document {
	GinkgoHelper()
	d, err := publication.Decode(metadata(engine, path).Custom)
	Expect(err).NotTo(HaveOccurred())
	return d
}

// dump returns all values and metadata of an engine, by path of the API.
func dump(engine string, version int) map[string]string {
	GinkgoHelper()
	m := client.Mount{Path: engine + "/", Version: version}
	all := map[string]string{}
	read := func(path string) {
		secret, err := server.Client.Logical().Read(path)
		Expect(err).NotTo(HaveOccurred())
		if secret == nil {
			return // metadata alone, without a version
		}
		text, err := json.Marshal(secret.Data)
		Expect(err).NotTo(HaveOccurred())
		all[path] = string(text)
	}
	directories := []string{""}
	for len(directories) > 0 {
		directory := directories[0]
		directories = directories[1:]
		listed, err := server.Client.Logical().List(m.Metadata(directory))
		Expect(err).NotTo(HaveOccurred())
		if listed == nil {
			continue
		}
		for _, key := range listed.Data["keys"].([]any) {
			path := directory + key.(string)
			if strings.HasSuffix(path, "/") {
				directories = append(directories, path)
				continue
			}
			read(m.Metadata(path))
			if version == 2 {
				read(m.Data(path))
			}
		}
	}
	return all
}

func pair(name string) *scenario.Pair { return scenario.Issue(scenario.Spec{CommonName: name}) }

// prints returns the fingerprints in a document.
func prints(d publication.Document) []string {
	all := []string{}
	for _, held := range d.Entries {
		all = append(all, held.Fingerprint.String())
	}
	return all
}

// print is a pair's fingerprint.
func print(p *scenario.Pair) string { return p.Fingerprint().String() }

// past returns the older entries of a document as "version fingerprint".
func past(d publication.Document) []string {
	all := []string{}
	for _, version := range d.Older {
		for _, held := range version.Entries {
			all = append(all, fmt.Sprint(version.Number, " ", held.Fingerprint))
		}
	}
	return all
}

// indexed returns the paths of an identity in the index of a directory.
func indexed(engine, directory string, id cert.IdentityDigest) []string {
	GinkgoHelper()
	parts, err := publication.DecodeHead(metadata(engine, publication.IndexPath(directory)).Custom)
	Expect(err).NotTo(HaveOccurred())
	x := publication.Index{}
	Expect(x.DecodePart(metadata(engine, publication.PartPath(directory, parts, publication.PartOf(id, parts))).Custom)).To(Succeed())
	return x[id]
}

// patchOf changes some keys of custom metadata.
func patchOf(changes map[string]any) api.KVMetadataPatchInput {
	return api.KVMetadataPatchInput{CustomMetadata: changes}
}
