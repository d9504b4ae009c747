package fleet_test

import (
	"os"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

// allWell is about the certificate of rep, and the CA and the client certificate of the agents.
const allWell = "nothing is wrong with 3 certificates on 3 instances"

var _ = Describe("three VMs and a hub", Ordered, func() {
	var (
		h       *hub
		page    *browser
		api     *vm
		cells   []*vm
		all     []*vm
		old     *scenario.Pair
		ended   *scenario.Pair
		renewed *scenario.Pair
	)

	BeforeAll(func(ctx SpecContext) {
		needCables()
		api = boot(1, "diego-api", "a1", "z1")
		cells = []*vm{boot(2, "diego-cell", "c1", "z1"), boot(3, "diego-cell", "c2", "z2")}
		all = append([]*vm{api}, cells...)
		h = newHub(all...)
		old = scenario.Issue(scenario.Spec{CommonName: "rep.service.cf.internal", NotBefore: time.Now().AddDate(-2, 0, 0), NotAfter: time.Now().AddDate(0, 0, 300)})
		ended = scenario.Issue(scenario.Spec{CommonName: "rep.service.cf.internal", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Minute)})
		renewed = scenario.Issue(scenario.Spec{CommonName: "rep.service.cf.internal"})
		Expect(h.vault.Put(ctx, "cf/rep", old.Safe())).To(Succeed())
		for _, v := range all {
			v.deploy(old)
			v.install(h.properties(v)) // the hub is not there yet
		}
		h.start()
		Eventually(func() string {
			_, out := h.ann("login", url, "--user", "ann", "--ca-cert", h.dir+"/ca.pem")
			return out
		}, soon).Should(ContainSubstring("as ann"))
		page = openBrowser()
	})

	AfterEach(func() {
		if CurrentSpecReport().Failed() && h != nil {
			AddReportEntry("the hub's log", string(h.log.Contents()))
			must(0, os.WriteFile("/tmp/e2ehub.log", h.log.Contents(), 0o600))
			for _, v := range all {
				AddReportEntry(v.name(), v.log()+v.summary()+v.status())
			}
			_, out := h.ann("fleet")
			AddReportEntry("cert-health fleet", out)
		}
	})

	// tells expects of the page, and of the command, what they say.
	tells := func(code int, texts ...string) {
		GinkgoHelper()
		whole := func(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }
		for _, text := range texts {
			Eventually(func() string { return whole(page.page("/")()) }, soon).Should(ContainSubstring(strings.ToLower(text)))
		}
		Eventually(func() int { c, _ := h.ann("fleet"); return c }, soon).Should(Equal(code))
		_, out := h.ann("fleet")
		for _, text := range texts {
			Expect(whole(out)).To(ContainSubstring(strings.ToLower(text)))
		}
	}

	It("shows the fleet, when all is well", func() {
		tells(0, allWell)
		Expect(h.notices.titles()).To(BeEmpty())
		for _, v := range all {
			Expect(v.check("cert-health-expired")()).To(ContainSubstring("OK"))
		}
	})

	It("tells that a certificate has expired, on all VMs", func(ctx SpecContext) {
		// The clock of a VM that runs monit cannot be set: one that has expired takes its place, while no hub looks.
		h.stop()
		Expect(h.vault.Put(ctx, "cf/rep", ended.Safe())).To(Succeed())
		for _, v := range all {
			v.deploy(ended)
		}
		h.start()
		tells(1, "rep.service.cf.internal expired on 3 of 3 instances of cf", "Vault holds nothing newer")
		Eventually(h.notices.titles, soon).Should(ContainElement(ContainSubstring("1 expired")))
		Expect(h.notices.titles()).NotTo(ContainElement(ContainSubstring("rolled back")), "the hub asks Vault before it tells that")
		Eventually(cells[0].check("cert-health-expired"), soon).Should(ContainSubstring("Size failed"))
	})

	It("shows that the certificate was renewed in the store, and awaits a deploy", func(ctx SpecContext) {
		Expect(h.vault.Put(ctx, "cf/rep", renewed.Safe())).To(Succeed())
		Expect(h.ann("refresh", "vault", "--wait")).Error()
		tells(1, "rep.service.cf.internal expired on 3 of 3 instances of cf", "renewed in Vault", "deploy")
		Eventually(cells[0].check("cert-health-drift"), soon).Should(ContainSubstring("Size failed"), "the agent knows the store by the hub alone")
	})

	It("shows how far the deploy has come, and where it stands", func() {
		api.deploy(renewed)
		tells(1, "rep.service.cf.internal expired on 2 of 2 diego-cells")
		cells[0].deploy(renewed)
		tells(1, "1 of 2 diego-cells")
		code, out := h.ann("fleet", "rep.service.cf.internal")
		Expect(code).To(Equal(1))
		Expect(out).To(And(ContainSubstring("diego-cell/1"), Not(ContainSubstring("diego-cell/0 "))))
		Expect(page.page("/instances/cf/diego-cell/c2")()).To(ContainSubstring("awaiting deploy"))
	})

	It("is well after the last VM", func() {
		cells[1].deploy(renewed)
		tells(0, allWell)
		Eventually(func() string { return h.notices.last().Kind }, soon).Should(Equal("all_clear"))
		for _, v := range all {
			Eventually(v.check("cert-health-expired"), soon).Should(ContainSubstring("OK"))
			Eventually(v.check("cert-health-drift"), soon).Should(ContainSubstring("OK"))
		}
	})

	It("never counts a VM as well whose agent is silent", func() {
		cells[1].run("monit", "-c", monitRC, "stop", "cert-health")
		tells(1, "diego-cell/1 of cf is silent")
		Expect(page.page("/fleet")()).NotTo(ContainSubstring("100 %"))
		cells[1].run("monit", "-c", monitRC, "start", "cert-health")
		tells(0, allWell)
	})

	It("goes on where it was when the hub starts again", func() {
		before := h.notices.titles()
		h.stop()
		h.start()
		tells(0, allWell)
		Expect(h.notices.titles()).To(Equal(before))
		for _, v := range all {
			Expect(v.status()).NotTo(ContainSubstring("problem"), "the hub is one line of status while it is away")
		}
	})

	It("says on the VM in one sentence why its agent cannot report, and on the hub that it is silent", func() { breakAll(h, all) })

	It("tells the hub what is new, and says on the VM that its disk is full", func() {
		free := api.fillDisk()
		api.deploy(ended)
		tells(1, "rep.service.cf.internal expired on diego-api/0")
		Expect(api.said()).To(And(ContainSubstring("The disk of /var/vcap/data/cert-health is full: the agent cannot write its report there"), Not(ContainSubstring("hangs"))))
		Expect(api.check("cert-health")()).To(ContainSubstring("OK"))
		Eventually(api.log, soon).Should(ContainSubstring("no space left on device"))
		free()
		Eventually(api.check("cert-health-expired"), soon).Should(ContainSubstring("Size failed"))
		api.deploy(renewed)
		tells(0, allWell)
		Expect(api.said()).NotTo(ContainSubstring("is full"))
	})
})
