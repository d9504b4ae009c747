# Every verb is one script in scripts/, which CI calls as well.
.DEFAULT_GOAL := help
.PHONY: help build demo test lint bench fuzz release clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/cert-health and bin/cert-health-alerts: static, stripped, their version stamped
	@scripts/build

demo: ## replay the incident on a real Vault and print the findings (KEEP=1 leaves it all running)
	@scripts/demo

test: ## everything that must hold: lint, suites, a few seconds of fuzzing; what CI runs
	@scripts/test

lint: ## gofmt, go vet, staticcheck and shellcheck
	@scripts/lint

bench: ## measure against the floor and print the table of docs/performance.md
	@scripts/bench

fuzz: ## fuzz every parser (FUZZTIME=1m for each)
	@scripts/fuzz

release: ## pack release.tgz: vendors the source and brings Go; by the BOSH CLI or its library
	@scripts/release

clean: ## remove what was built
	@rm -rf bin release.tgz
