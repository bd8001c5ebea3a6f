# Everything that a developer types. Each command sets up what it needs and does nothing twice.
.PHONY: help setup site run build check lint test unit browser bench screenshots clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: ## Toolchain with the WebAssembly target, wasm-bindgen, npm packages
	@scripts/setup.sh

site: setup ## What the browser gets, into target/site
	@scripts/site.sh

run: site ## Build, start, and print the address to open
	@scripts/cargo.sh build --package execdeck-server
	@target/debug/execdeck serve

build: site ## One self-contained release binary: target/release/execdeck
	@scripts/cargo.sh build --package execdeck-server --release
	@echo "built target/release/execdeck"

check: setup lint ## Format and lints

lint:
	@scripts/check.sh

test: ## Set up, lint, and run all tests: Rust's and the browser's
	@scripts/setup.sh tests
	@scripts/check.sh
	@scripts/site.sh
	@scripts/cargo.sh test --workspace
	@cd end2end && npx playwright test

unit: site ## Only the Rust tests
	@scripts/cargo.sh test --workspace

browser: ## Only the browser tests
	@scripts/setup.sh tests
	@scripts/site.sh
	@scripts/cargo.sh build --package execdeck-server
	@cd end2end && npx playwright test

bench: build ## Performance, beside bare measures of the same run; ONLY="pipe echo" takes some
	@scripts/cargo.sh bench --package execdeck-server --bench bench -- $(ONLY)

screenshots: site ## The README's pictures, from the real app
	@scripts/setup.sh tests
	@scripts/cargo.sh build --package execdeck-server
	@cd end2end && node screenshots.js

clean: ## Remove what was built, but not the tools
	@rm -rf target frontend/dist end2end/test-results end2end/playwright-report
