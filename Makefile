# Each verb is one script in scripts/, which CI calls too.
.DEFAULT_GOAL := help
.PHONY: help build demo test lint bench bench-hub fuzz release clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build the three programs to bin/
	@scripts/build

demo: ## replay an incident with Vault and the hub (KEEP=1 keeps them)
	@scripts/demo

test: ## run everything that must pass: lint, all tests, short fuzzing
	@scripts/test

lint: ## run gofmt, go vet, staticcheck, shellcheck and check phrases
	@scripts/lint

bench: ## measure time and memory, print the table of docs/performance.md
	@scripts/bench

bench-hub: ## measure the hub with 10,000 simulated agents (VMS=100: fewer)
	@scripts/bench-hub

fuzz: ## fuzz each parser (FUZZTIME=1m for each)
	@scripts/fuzz

release: ## pack release.tgz: vendors the source and adds Go
	@scripts/release

clean: ## remove bin and release.tgz
	@rm -rf bin release.tgz
