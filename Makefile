# The same commands on a laptop and in CI. Everything lands in .venv; `make demo` is where to begin.
# Without a graphics card on Linux: PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu make demo
# Another Python: make demo PYTHON=/path/to/python3.12

PYTHON ?=
BIN := .venv/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install -qq
EDITABLE := --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .

.PHONY: demo test browser lint bench lock clean

demo: .venv/.run.stamp
	@$(BIN)/fromraw demo

test: lint browser
	$(BIN)/pytest -q -rs -n 2 --dist worksteal

# The report is looked at in Debian's Chromium. Elsewhere the tests that need a browser are skipped, and named at the end.
browser:
	@if ! command -v chromium >/dev/null && [ "$$(id -u)" = 0 ] && grep -qx ID=debian /etc/os-release 2>/dev/null; then \
	    echo 'Installing Chromium, to look at the report in it (once, about a minute)'; \
	    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } >/dev/null 2>&1 \
	        || echo 'Chromium could not be installed; apt-get install chromium says why' >&2; \
	fi

lint: .venv/.test.stamp
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy --no-error-summary
	@# lint-imports' own report is long; it is shown where something is wrong
	@report=$$($(BIN)/lint-imports 2>&1) || { echo "$$report"; exit 1; }

bench: .venv/.test.stamp
	@# those that are asked about data or runs of yours name them without a dash
	@for file in benchmarks/[a-z]*.py; do \
	    if grep -q 'add_argument("[a-z]' "$$file"; then echo "$$file is of your data: $(BIN)/python $$file --help"; \
	    else echo "$$file" && $(BIN)/python "$$file" || exit 1; fi; \
	done

lock: .venv/.made.stamp
	@$(BIN)/python lock/write.py

clean:
	rm -rf .venv build dist fromraw.egg-info .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './runs/*' -prune -exec rm -rf {} +

# Python 3.11 first: the lock is resolved and tested on it.
.venv/.made.stamp:
	@for python in $(or $(PYTHON),python3.11 python3.12 python3.13 python3); do \
	    $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && found=$$python && break; \
	done; \
	test -n "$$found" || { echo 'fromraw needs Python 3.11 or newer, found none; name yours: make demo PYTHON=/path/to/python3' >&2; exit 1; }; \
	$$found -c 'import ensurepip, venv' 2>/dev/null || { echo "$$found has no venv module; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
	echo 'Making .venv (once, about a minute)' && $$found -m venv --clear .venv && touch $@

.venv/.run.stamp: pyproject.toml lock/requirements.txt | .venv/.made.stamp
	@$(PIP) --requirement lock/requirements.txt && $(PIP) $(EDITABLE) && touch $@

.venv/.test.stamp: pyproject.toml lock/test.txt | .venv/.made.stamp
	@$(PIP) --requirement lock/test.txt && $(PIP) $(EDITABLE) && touch .venv/.run.stamp $@
