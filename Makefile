# The commands of this repository. `make` alone lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
# Node 24 and the development tools are npm packages; the machine's own Node only has to run npm.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: prepare
prepare: ## Install what is missing: Debian packages (as root), Node 24, npm packages
	@scripts/prepare.sh

.PHONY: packages
packages: ## Install the npm packages, Node 24 among them: enough to build the program on any system
	@scripts/prepare.sh packages

.PHONY: generate
generate: packages ## Write everything that is generated from src/api
	@npm run --silent generate

.PHONY: check
check: packages ## Check format, lint, types, and that generated files are in sync
	@npm run --silent check

.PHONY: test
test: prepare ## Run every test, on real servers and a real cluster
	@vitest run

.PHONY: bench-smoke
bench-smoke: prepare ## Compare clean-up with one unbounded statement on each store, in two minutes; build/bench-smoke.json
	@node bench/smoke.ts --json build/bench-smoke.json

.PHONY: demo
demo: prepare ## Show the operator at work on a real cluster, which is left standing
	@node test/demo.ts

.PHONY: dashboard-picture
dashboard-picture: prepare ## Draw docs/monitoring.svg from an operator that a Prometheus scrapes, in two minutes
	@node test/monitoring/picture.ts

.PHONY: cluster-up
cluster-up: prepare ## Make a Kubernetes cluster on this machine, unless one stands: .cluster/kubeconfig
	@node scripts/cluster/main.ts up

.PHONY: cluster-down
cluster-down: ## End that cluster, and all that was started for it
	@node scripts/cluster/main.ts down

.PHONY: install
install: prepare ## Build the operator and install it into the cluster of $KUBECONFIG, or else that of cluster-up
	@node scripts/cluster/main.ts install

.PHONY: image-files
image-files: packages ## Stage what the Dockerfile copies, for a build with any docker engine
	@node scripts/cluster/main.ts image-files

.PHONY: release
release: packages ## Write install.yaml, chart, kubectl plugin, bill of materials, checksums to dist-release; REGISTRY=…, DOWNLOADS=…
	@node scripts/release.ts dist-release

.PHONY: clean
clean: cluster-down ## Remove all that was built here, clusters included (not ~/.cache/session-store-operator)
	@rm -rf .cluster build dist dist-release coverage
