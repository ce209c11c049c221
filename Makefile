# Two commands are the README's: `make run` and `make test`. Both begin with set-up, which asks before
# it installs anything into the system (setup/packages.tsv says what and why).

export CARGO_BUILD_JOBS ?= 2
# setup/setup finds cargo in its usual places; so do the recipes.
export PATH := $(CURDIR)/target/tools/bin:$(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin

bailiwick = target/debug/bailiwick

.DEFAULT_GOAL := help
.PHONY: help run ui test check bench drill soak

help: ## what there is
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

run: ui ## the console on the desktop; without a display, a practice range in the terminal
	@setup/setup run
	cargo build --locked --package bailiwick-cli
	cargo build --locked --package bailiwick-console
	@if [ -n "$${WAYLAND_DISPLAY:-}$${DISPLAY:-}" ]; then \
		target/debug/bailiwick-console; \
	else \
		echo "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY), so no console: this is the practice range."; \
		$(bailiwick) practice run; \
	fi

ui: ## the console's screens, which the shell embeds
	@setup/setup run
	@setup/ui

test: ## everything, at CI size
	@setup/setup test
	@.ci/test

check: ## form, lints, licences, sources and advisories
	@setup/setup test
	@setup/ui
	@.ci/check

drill: ## the whole story once, in a realm of its own
	@setup/setup run
	cargo build --locked --package bailiwick-cli
	$(bailiwick) drill

bench: ui ## the rows of the performance page, each with its goal
	@setup/setup test
	cargo build --locked --release --package bailiwick-cli
	cargo build --locked --release --package bailiwick-console
	cargo bench --locked --package bailiwick-benches

soak: ## the tests that count, at full size; prints N and the seed
	@setup/setup test
	@BAILIWICK_SOAK=1 .ci/test rust formats

# What the documentation shows: picture:screenshot.
pictures = console:now-busy-light-1280 approval:approvals-waiting-light-1920 diff:approvals-diff-waiting-light-1280 \
	policy:policy-busy-light-1280

screenshots: ## every screen in both themes, its states and two sizes into ui/shots, checked; renews docs/images
	@setup/setup test
	cd ui && npm run --silent screenshots
	@for picture in $(pictures); do cp "ui/shots/$${picture#*:}.png" "docs/images/$${picture%%:*}.png"; done
