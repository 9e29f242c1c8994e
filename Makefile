# Fishpond. `make help` lists what can be done; `make run` and `make test` set up
# what they need by themselves on a machine with Go 1.26, Node 20 and make.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

GO ?= go
NPM ?= npm
BIN := bin/fishpond

# What a build says about itself. A tarball has no git; the binary then says "dev".
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X fishpond/internal/platform/obs.version=$(VERSION)

# Where `make run` keeps the demo brand, and where it answers.
DATA ?= var/demo
LISTEN ?= 127.0.0.1:8080
# Where the platform that the demo brand lives on answers.
SIMULATOR ?= 127.0.0.1:8090

# Race builds use a few times the memory and time; one package at a time may take long on two cores.
TEST_TIMEOUT ?= 60m

NODE_STAMP := web/node_modules/.fishpond-installed
CONSOLE_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -path web/e2e -prune \
	-o -type f ! -name '*.go' -print 2>/dev/null)
GO_SOURCES := $(shell find cmd internal web -path web/node_modules -prune -o -path '*/testdata' -prune \
	-o -type f \( -path 'web/*.go' -o ! -path 'web/*' \) ! -name '*_test.go' -print 2>/dev/null)

##@ Use

.PHONY: run
run: build ## Build everything, start a demo brand and print its address and a way in
	@mkdir -p $(DATA)
	./$(BIN) demo --data $(DATA) --listen $(LISTEN) --simulator $(SIMULATOR)

.PHONY: build
build: $(BIN) ## Build the console and the one binary that holds it (bin/fishpond)

$(BIN): $(GO_SOURCES) web/dist/index.html go.mod go.sum
	@mkdir -p $(@D)
	CGO_ENABLED=0 $(GO) build -mod=readonly -tags console -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/fishpond

web/dist/index.html: $(NODE_STAMP) $(CONSOLE_SOURCES)
	cd web && $(NPM) run build
	@touch $@

# npm ci follows the lockfile to the letter; the stamp spares it when the lockfile has not changed.
$(NODE_STAMP): web/package.json web/package-lock.json
	cd web && $(NPM) ci --no-audit --no-fund
	@touch $@

##@ Test

.PHONY: test
test: test-setup test-go test-console test-browser ## Everything: Go with the race detector on both engines, console, browser

.PHONY: test-setup
test-setup: ## Install PostgreSQL, Chromium and a Chinese font, or say how
	@scripts/setup-test.sh

# Tests fail, rather than skip, when PostgreSQL is missing: a run that silently leaves an engine
# out is worth nothing.
.PHONY: test-go
test-go: ## Go tests with the race detector, on SQLite and PostgreSQL
	$(GO) test -mod=readonly -race -tags killpoints -timeout $(TEST_TIMEOUT) ./...

.PHONY: test-console
test-console: $(NODE_STAMP) ## Type check and unit tests of the console
	cd web && $(NPM) run typecheck
	cd web && $(NPM) test

.PHONY: test-browser
test-browser: $(BIN) $(NODE_STAMP) ## Walk the console in Chromium against the real binary
	cd web && CHROMIUM="$$(../scripts/setup-test.sh --chromium)" FISHPOND_BIN=$(CURDIR)/$(BIN) $(NPM) run e2e

.PHONY: check
check: check-format check-vet check-lint check-structure check-types check-generated ## Under a minute: format, vet, lint, structure rules, types, generated files

.PHONY: check-format
check-format:
	@bad=$$(gofmt -l cmd internal web/*.go bench 2>/dev/null | grep -v /testdata/ || true); \
	if [ -n "$$bad" ]; then echo "not gofmt'ed:"; echo "$$bad"; exit 1; fi

.PHONY: check-vet
check-vet:
	$(GO) vet -mod=readonly ./...

.PHONY: check-lint
check-lint:
	@if command -v golangci-lint >/dev/null 2>&1; then golangci-lint run; \
	else echo "golangci-lint is not installed: linters skipped (go vet has run)"; fi

.PHONY: check-structure
check-structure:
	$(GO) test -mod=readonly ./internal/structure/...

.PHONY: check-types
check-types:
	@if [ -d web/node_modules ]; then cd web && $(NPM) run typecheck; \
	else echo "web/node_modules is missing: console types skipped (make build installs it)"; fi

# What is generated is committed, so that a change of the API or of the configuration is seen in
# review, and compared here with what the code says.
.PHONY: check-generated
check-generated:
	@new=$$(mktemp); trap 'rm -f "$$new"' EXIT; \
	same() { diff -u "$$1" "$$new" >/dev/null || { echo "$$1 is stale: run make generate"; exit 1; }; }; \
	$(GO) run -mod=readonly ./cmd/fishpond openapi >"$$new"; same api/openapi.json; \
	$(GO) run -mod=readonly ./cmd/fishpond reference >"$$new"; same docs/configuration.md; \
	$(GO) run -mod=readonly ./cmd/fishpond figures >"$$new"; same docs/figures.md; \
	if [ -d web/node_modules ] && [ -e web/src/api/schema.gen.ts ]; then \
		(cd web && $(NPM) exec --no -- openapi-typescript ../api/openapi.json -o "$$new" >/dev/null); \
		same web/src/api/schema.gen.ts; \
	fi

# One package after the other: two at once would measure each other.
.PHONY: bench
bench: $(BIN) ## Measure against the limits of the specification and against peers
	FISHPOND_BIN=$(CURDIR)/$(BIN) $(GO) test -mod=readonly -p 1 -run '^$$' -bench . -benchmem -timeout 60m ./bench/... ./internal/...

##@ Generate

.PHONY: generate
generate: openapi reference figures ## Write everything that is generated and committed

.PHONY: openapi
openapi: $(NODE_STAMP) ## Write api/openapi.json and the console's client from the Go declarations
	@mkdir -p api
	@new=$$(mktemp); trap 'rm -f "$$new"' EXIT; \
	$(GO) run -mod=readonly ./cmd/fishpond openapi >"$$new"; \
	cat "$$new" >api/openapi.json
	cd web && $(NPM) run generate

.PHONY: reference
reference: ## Write docs/configuration.md from the configuration's declaration
	@new=$$(mktemp); trap 'rm -f "$$new"' EXIT; \
	$(GO) run -mod=readonly ./cmd/fishpond reference >"$$new"; \
	cat "$$new" >docs/configuration.md

.PHONY: figures
figures: ## Write docs/figures.md from the definitions of figures
	@new=$$(mktemp); trap 'rm -f "$$new"' EXIT; \
	$(GO) run -mod=readonly ./cmd/fishpond figures >"$$new"; \
	cat "$$new" >docs/figures.md

.PHONY: fmt
fmt: ## Format the Go sources
	gofmt -w $$(find cmd internal web bench -path '*/node_modules' -prune -o -path '*/testdata' -prune -o -name '*.go' -print 2>/dev/null)

.PHONY: clean
clean: ## Remove what was built (demo data under var/ stays)
	rm -rf bin web/dist web/node_modules

.PHONY: help
help: ## Show this
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z][a-z-]*:.*## / { printf "  \033[36m%-14s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
