# DuckDB's Go client reads Arrow only with this tag; a build without it says so and stops.
export GOFLAGS = -tags=duckdb_arrow
export GOLANGCI_LINT_CACHE = $(CURDIR)/.cache/golangci-lint
SHELL := bash
LINT := .cache/golangci-lint-v2.15.0/golangci-lint
FUZZTIME ?= 30s
TRUTH_WORLDS ?= 2000
TRUTH_SEED ?= 663

.PHONY: demo test lint bench bench-ingest build integration race fuzz soak soak-beside truth

demo: ## an invented company, from events to report
	@echo "Compiling first: minutes the first time, because of DuckDB; seconds later."
	@$(MAKE) --no-print-directory build
	bin/tieback demo
build:
	go build -o bin/tieback ./cmd/tieback
test:
	go test -timeout 40m ./...
race: ## the cases of models have no goroutines, and of simulated worlds a few do here
	go test -race -timeout 60m $$(go list ./... | grep -v -e /simulate -e /truth -e /warehouse)
	go test -race -timeout 60m -short ./simulate/... ./truth
	go test -race -timeout 60m -skip 'TestModels|TestWhy' ./warehouse
bench:
	go test -run '^$$' -bench . -benchmem ./...
bench-ingest: build ## the whole ingest beside each of its stages, in one run, and into a warehouse of 100 million rows
	go test -tags=duckdb_arrow,bench -run TestBench -count=1 -v -timeout 60m ./cmd/tieback
truth: ## how often each method is right, in invented worlds: docs/truth.md and the report's page on method, in 17 minutes of processor time
	go run ./cmd/truth -worlds $(TRUTH_WORLDS) -seed $(TRUTH_SEED)
fuzz: ## every fuzz target in turn, FUZZTIME each
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed 's|/[^/]*:func | |' | while read -r dir target; do \
		go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$dir || exit 1; done
integration: ## against a real Apache Kafka and a real schema registry: needs Java 17 and Maven
	@trap 'ci/kafka/stop all; ci/registry/stop all' EXIT; TIEBACK_TEST_BROKERS=$$(ci/kafka/start 0) || exit 1; export TIEBACK_TEST_BROKERS; \
		TIEBACK_TEST_REGISTRY=$$(ci/registry/start 0) || exit 1; export TIEBACK_TEST_REGISTRY; \
		go test -tags=duckdb_arrow,integration -run Integration -count=1 -v -timeout 15m ./cmd/tieback
soak: build ## ingest, build and backup killed SOAK_KILLS times (1000) at random moments; SOAK_SEED repeats the draws
	go test -tags=duckdb_arrow,soak -run '^TestSoakKills$$' -count=1 -v -timeout 60m ./cmd/tieback
soak-beside: build ## ingest, builds, snapshots, backups and an analyst beside each other for SOAK_SECONDS (600) at SOAK_RATE events/s (5000)
	go test -tags=duckdb_arrow,soak -run '^TestSoakBeside$$' -count=1 -v -timeout 60m ./cmd/tieback
lint: $(LINT)
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "run gofmt -w on:" $$unformatted; exit 1; }
	$(LINT) run ./...
$(LINT):
	@echo "Building the linter: one to two minutes, once."
	GOFLAGS= GOBIN='$(CURDIR)/$(@D)' go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(patsubst golangci-lint-%,%,$(notdir $(@D)))
