package publish_test

import (
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/reference"
	"cert-health/internal/scenario"
	"cert-health/internal/vault/publication"
	"cert-health/internal/vault/publish"
)

// copied returns the publication of a secret in an engine of version 1, or nil if there is none.
func copied(engine, path string) *publication.Document {
	GinkgoHelper()
	secret, err := server.Client.Logical().Read(engine + "/" + publication.DocumentPath(path))
	Expect(err).NotTo(HaveOccurred())
	if secret == nil {
		return nil
	}
	custom := map[string]string{}
	for key, value := range secret.Data {
		custom[key] = value.(string)
	}
	d, err := publication.Decode(custom)
	Expect(err).NotTo(HaveOccurred())
	return &d
}

func remove(path string) {
	GinkgoHelper()
	_, err := server.Client.Logical().Delete(path)
	Expect(err).NotTo(HaveOccurred())
}

var _ = Describe("KV version 1", func() {
	It("is published in documents beside the secrets, which do not change", func() {
		kv := server.Engine(1)
		p := pair("x")
		server.Write(kv+"/cf/a", p.Safe())
		server.Write(kv+"/password", map[string]any{"password": "x"})
		before := dump(kv, 1)
		result := publishAll(kv)
		Expect(result.Changes).To(Equal([]publish.Change{{Path: kv + "/cf/a", Version: 1, Certificates: 1}}))
		d := copied(kv, "cf/a")
		Expect(d.Entries).To(Equal([]reference.Entry{{Key: "certificate", Summary: p.Noun().Summary()}}))
		Expect(d.Created).To(BeTemporally("~", time.Now(), time.Minute))
		Expect(copied(kv, "password")).To(BeNil())
		after := dump(kv, 1)
		for path, contents := range before {
			Expect(after[path]).To(Equal(contents))
		}
		Expect(after).To(HaveLen(len(before) + 1 + 2))
		Expect(publishAll(kv).Changes).To(BeEmpty())
		Expect(dump(kv, 1)).To(Equal(after))
	})

	It("counts publications as versions, with the time of the publication", func() {
		kv := server.Engine(1)
		s := below(kv)
		at := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
		s.Now = func() time.Time { return at }
		var pairs []*scenario.Pair
		for range 3 {
			pairs = append(pairs, pair("x"))
			server.Write(kv+"/a", pairs[len(pairs)-1].Safe())
			s.run()
			at = at.Add(time.Hour)
			Expect(s.run().Changes).To(BeEmpty())
			at = at.Add(time.Hour)
		}
		d := copied(kv, "a")
		Expect(d.Version).To(Equal(3))
		Expect(d.Created).To(Equal(at.Add(-2 * time.Hour)))
		Expect(past(*d)).To(Equal([]string{"2 " + print(pairs[1]), "1 " + print(pairs[0])}))
		Expect(d.Older[1].Created).To(Equal(at.Add(-6 * time.Hour)))
	})

	It("counts no version because of a shortened name or time", func() {
		kv := server.Engine(1)
		server.Write(kv+"/a", map[string]any{
			strings.Repeat("a very long name ", 20): pair("x").CertPEM(), "ä;ö %": scenario.Issue(scenario.Spec{CommonName: "y", NotBefore: time.Unix(-1e9, 0)}).CertPEM(),
		})
		publishAll(kv)
		Expect(publishAll(kv).Changes).To(BeEmpty())
		Expect(copied(kv, "a").Version).To(Equal(1))
	})

	It("removes the documents of removed secrets with Prune, and no others", func() {
		kv := server.Engine(1)
		for _, path := range []string{"cf", "cf/a", "cf/gone", "cf/shut/in", "cf/shut/gone", "gone", "b"} {
			server.Write(kv+"/"+path, pair(path).Safe())
		}
		publishAll(kv)
		for _, path := range []string{"cf/gone", "cf/shut/gone", "gone"} {
			remove(kv + "/" + path)
		}
		Expect(publishAll(kv).Changes).To(BeEmpty())
		Expect(copied(kv, "gone")).NotTo(BeNil(), "it did not prune")

		s := below(kv + "/cf")
		s.Prune = true
		s.token = server.LimitedToken(scenario.Allow(kv+"/*", "create", "read", "update", "list", "delete") + scenario.Allow(kv+"/cf/shut", "deny") + scenario.Allow(kv+"/cf/shut/", "deny"))
		result := s.run()
		Expect(result.Changes).To(Equal([]publish.Change{{Path: kv + "/cf/gone", Removed: true}}))
		Expect(copied(kv, "cf/gone")).To(BeNil())
		Expect(copied(kv, "cf/shut/gone")).NotTo(BeNil(), "whether it is gone could not be seen")
		Expect(copied(kv, "gone")).NotTo(BeNil(), "it is not below the path")
		Expect(copied(kv, "cf")).NotTo(BeNil(), "it is above the path, and there")

		s = below(kv)
		s.Prune = true
		Expect(s.run().Changes).To(HaveLen(2))
		for _, path := range []string{"cf", "cf/a", "cf/shut/in", "b"} {
			Expect(copied(kv, path)).NotTo(BeNil(), path)
		}
		Expect(s.run().Changes).To(BeEmpty())
	})

	It("removes nothing if nothing was published", func() {
		kv := server.Engine(1)
		server.Write(kv+"/password", map[string]any{"password": "x"})
		s := below(kv)
		s.Prune = true
		Expect(s.run().Changes).To(BeEmpty())
	})

	It("repairs a damaged document, and starts counting again", func() {
		kv := server.Engine(1)
		for path, garbage := range map[string]map[string]any{
			"a": {"cert-health.0": "garbage"}, "b": {"other": "x"}, "c": {"cert-health.0": 17}, "d": {"cert-health.0": map[string]any{"x": "y"}},
		} {
			server.Write(kv+"/"+path, pair(path).Safe())
			publishAll(kv + "/" + path)
			server.Write(kv+"/"+publication.DocumentPath(path), garbage)
			Expect(publishAll(kv + "/" + path).Changes).To(HaveLen(1))
			secret, err := server.Client.Logical().Read(kv + "/" + publication.DocumentPath(path))
			Expect(err).NotTo(HaveOccurred())
			Expect(secret.Data["cert-health.0"]).To(HavePrefix("1 1 "))
		}
		server.Write(kv+"/none", map[string]any{"password": "x"})
		server.Write(kv+"/"+publication.DocumentPath("none"), map[string]any{"cert-health.0": "garbage"})
		Expect(publishAll(kv + "/none").Changes).To(Equal([]publish.Change{{Path: kv + "/none", Version: 1, Removed: true}}))
		Expect(copied(kv, "none")).To(BeNil())
	})

	It("publishes secrets of any name with the documented rights", func() {
		kv := server.Engine(1)
		for _, path := range []string{"cf/a b/c%d", "cf/ä/ö", "cf/plus+", "cf/-", "cf/x/-"} {
			server.Write(kv+"/"+path, pair(path).Safe())
		}
		s := below(kv + "/cf")
		s.Prune = true
		s.token = server.LimitedToken(scenario.Allow(kv+"/cf/*", "read", "list") + scenario.Allow(kv+"/cert-health/index/cf/*", "create", "read", "update", "delete") +
			scenario.Allow(kv+"/cert-health/secrets/cf/*", "create", "read", "update", "delete", "list"))
		Expect(s.run()).To(And(HaveField("Published", 5), HaveField("Problems", BeEmpty())))
		remove(kv + "/cf/-")
		Expect(s.run()).To(And(HaveField("Changes", Equal([]publish.Change{{Path: kv + "/cf/-", Removed: true}})), HaveField("Problems", BeEmpty())))
		Expect(copied(kv, "cf/x/-")).NotTo(BeNil())
	})

	It("does not publish its own documents", func() {
		engine := server.Engine(1)
		each(100, func(i int) { server.Write(fmt.Sprintf("%s/secret-%d", engine, i), pair("x").Safe()) })
		publishAll(engine)
		g := newProxy(server)
		s := below(engine)
		s.address = g.URL
		s.run()
		lists := 0
		for _, request := range g.passed() {
			if strings.HasPrefix(request, "LIST ") {
				lists++
			}
		}
		Expect(lists).To(Equal(2))
	})
})
