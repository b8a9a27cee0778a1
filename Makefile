# make test sets up what it needs and runs every check. It needs Go; what else it can have, it uses, and it says what it goes without.

GO            ?= go
LINT_VERSION  ?= v2.15.0
TEST_TIMEOUT  ?= 15m
FUZZTIME      ?= 1m
BENCHTIME     ?= 1s

.DEFAULT_GOAL := help
.PHONY: help test setup tidy generated vet lint cross unit fuzz bench bench-quick microbench side-by-side generate examples clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# One after the other, whatever -j says: the tests' own lines are the last.
test: ## set up, and run every check: modules, vet, the linter, other systems, generated code, all tests with the race detector
	@$(MAKE) --no-print-directory setup
	@$(MAKE) --no-print-directory tidy
	@$(MAKE) --no-print-directory vet
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory cross
	@$(MAKE) --no-print-directory generated
	@$(MAKE) --no-print-directory unit

setup: ## fetch modules, and install the peers of the interoperability tests where that can be done
	$(GO) mod download
	@.ci/peers

tidy: ## fail if go.mod and go.sum are not what go mod tidy writes
	$(GO) mod tidy -diff

vet: ## go vet
	$(GO) vet ./...

lint: ## golangci-lint, where it is installed or can be
	@GO="$(GO)" LINT_VERSION="$(LINT_VERSION)" .ci/lint

cross: ## go vet for 32 bits, Windows, macOS and the oldest Go that go.mod allows; 32-bit tests where they run
	@GO="$(GO)" .ci/cross

generated: ## fail if generated code is not what its generator writes
	@GO="$(GO)" .ci/generated

generate: ## write generated code anew
	$(GO) generate ./...

unit: ## all tests, with the race detector where cgo can be had
	@GO="$(GO)" TEST_TIMEOUT="$(TEST_TIMEOUT)" .ci/unit

fuzz: ## every fuzz target in turn, each for FUZZTIME
	@GO="$(GO)" FUZZTIME="$(FUZZTIME)" .ci/fuzz

bench: ## measure everything, next to Proton C where it is installed, and write bench/RESULTS.md
	$(GO) run ./bench/run

bench-quick: ## a small run of make bench into bin, to see that it works: its figures mean nothing
	$(GO) run ./bench/run -quick -out bin/bench

microbench: ## every benchmark in go test
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./...

side-by-side: ## the one-way pump, next to Proton C, go-amqp, rhea and Proton Python, as far as they can be had
	$(GO) run ./bench/side-by-side

examples: ## build the examples into bin
	$(GO) build -o bin/ ./examples/...

clean: ## remove what the other targets built
	rm -rf bin
