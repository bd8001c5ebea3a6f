# Every command that a developer needs. Each one sets up what it depends on and repeats nothing that is up to date.
.PHONY: help setup site run dev embed build check lint format texts test unit browser firefox bench bench-browser soak deny screenshots clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: ## Install the toolchain with the WebAssembly target, wasm-bindgen and npm packages
	@scripts/setup.sh

site: setup ## Build what the server carries: the files for the browser, and the keeper
	@scripts/site.sh
	@scripts/keep.sh

run: site ## Build, start, and print the address to open
	@scripts/cargo.sh build --locked --package execdeck-server
	@target/debug/execdeck serve

dev: setup ## Run, rebuild what changes, and reload the browser; PORT=3100 takes another port
	@scripts/dev.sh

embed: site ## Build and start the example of an app with Execdeck in it, examples/embed
	@scripts/embed.sh
	@scripts/cargo.sh build --locked --package release-console
	@target/debug/release-console

build: site ## Build the release: target/release/execdeck, one self-contained file
	@scripts/cargo.sh build --locked --package execdeck-server --release
	@echo "built target/release/execdeck"

check: setup lint ## Check format and lints

lint:
	@scripts/check.sh

format: setup ## Format all Rust code
	@scripts/cargo.sh fmt --all

texts: setup ## Collect the texts that can be translated in app/texts.json
	@node scripts/texts.mjs

test: ## Set up, lint, package, and run all tests: Rust, Chromium, Firefox
	@scripts/setup.sh tests
	@scripts/check.sh
	@scripts/site.sh
	@scripts/keep.sh
	@scripts/embed.sh
	@scripts/package.sh
	@scripts/rust-tests.sh
	@scripts/engine-alone.sh
	@cd end2end && npx playwright test --retries=1
	@cd end2end && node --test firefox/
	@scripts/embedding-walk.sh

unit: site ## Run only the Rust tests
	@scripts/cargo.sh test --locked --workspace

browser: ## Run only the browser tests; ONLY="list new:20" runs some
	@scripts/setup.sh tests
	@scripts/site.sh
	@scripts/keep.sh
	@scripts/embed.sh
	@scripts/cargo.sh build --locked --package execdeck-server --package release-console
	@cd end2end && npx playwright test $(ONLY)

firefox: ## Run only the test in Firefox
	@scripts/setup.sh tests
	@scripts/site.sh
	@scripts/keep.sh
	@scripts/cargo.sh build --locked --package execdeck-server
	@cd end2end && node --test firefox/

bench: build ## Measure performance against bare baselines of the same run; ONLY="pipe echo" runs some
	@scripts/cargo.sh bench --locked --package execdeck-server --bench bench -- $(ONLY)

bench-browser: ## Measure the page in Chromium beside bare pages of the same run; ONLY="flood log" measures some
	@scripts/setup.sh bench-browser
	@scripts/site.sh
	@scripts/keep.sh
	@scripts/cargo.sh build --locked --package execdeck-server --release
	@cd end2end && node bench/main.js $(ONLY)

soak: site ## Damage servers, keepers and disks for long; EXECDECK_SEED=7 makes the run of a seed again
	@EXECDECK_SOAK=1 scripts/cargo.sh test --locked --workspace --test faults -- --nocapture

deny: ## Check licences, duplicate versions and sources of the Rust dependencies
	@scripts/setup.sh deny
	@scripts/cargo.sh deny --locked --all-features check bans licenses sources

screenshots: site ## Take the README's pictures from the real app
	@scripts/setup.sh tests
	@scripts/cargo.sh build --locked --package execdeck-server
	@cd end2end && node screenshots.js

clean: ## Remove build results, but not the tools
	@rm -rf target server/assets end2end/test-results end2end/playwright-report
