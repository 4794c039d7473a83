# Ringfence: everything a person does with a checkout. `make` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Build artefacts live outside the checkout, so that a second clean clone builds incrementally.
CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ringfence-target
export CARGO_TARGET_DIR
DATA ?= ./data

UI := crates/web/ui
UI_SOURCES := $(shell find $(UI) \( -name node_modules -o -name dist \) -prune -o -type f -print)
RINGFENCE := $(CARGO_TARGET_DIR)/release/ringfence

.PHONY: help assets build run demo test prove screenshots lint bench force

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

assets: $(UI)/node_modules/.built ## bundle style sheets, scripts and icons when their sources are newer

$(UI)/node_modules/.installed: $(UI)/package.json $(UI)/package-lock.json
	npm --prefix $(UI) ci --no-audit --no-fund
	touch $@

$(UI)/node_modules/.built: $(UI)/node_modules/.installed $(UI_SOURCES) $(if $(wildcard $(UI)/dist/*),,force)
	npm --prefix $(UI) run build
	touch $@

force:

build: assets ## build the release binary
	cargo build --release --package ringfence-cli
	@echo "built $(RINGFENCE)"

run: build ## build everything and serve on https://localhost:8443 with data in ./data
	exec $(RINGFENCE) serve --data-dir $(DATA)

demo: build ## import the NetBox demo and the AWS prefixes into ./data, served or not
	$(RINGFENCE) import sites demo/netbox-demo-sites.csv --apply --data-dir $(DATA)
	$(RINGFENCE) import vrfs demo/netbox-demo-vrfs.csv --apply --data-dir $(DATA)
	$(RINGFENCE) import vlans demo/netbox-demo-vlans.csv --apply --data-dir $(DATA)
	$(RINGFENCE) import subnets demo/netbox-demo-subnets.csv --apply --data-dir $(DATA)
	$(RINGFENCE) import addresses demo/netbox-demo-addresses.csv --apply --data-dir $(DATA)
	$(RINGFENCE) import subnets demo/aws-ip-ranges.csv --apply --data-dir $(DATA)

test: ## install what is missing, check everything, test on SQLite, PostgreSQL and MariaDB and in Chromium
	scripts/need
	$(MAKE) assets
	$(MAKE) lint
	scripts/servers scripts/check

prove: ## the same tests with the long proofs and the large sets
	scripts/need
	$(MAKE) assets
	RINGFENCE_PROVE=1 scripts/servers scripts/check

screenshots: assets ## take every page in light, dark and at 390 px into docs/screenshots
	scripts/need
	cargo build --package ringfence-cli
	scripts/browser screenshots

lint: assets ## formatting and clippy, warnings are errors
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

bench: build ## measure req/s, latency and memory beside the raw limits of the same run
	cargo build --release --package ringfence-bench
	$(CARGO_TARGET_DIR)/release/ringfence-bench
