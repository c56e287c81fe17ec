# Two commands on a machine with only Python 3.11+ and make:   make demo   and   make test
# Without make, see README.md ("With pip").  Another interpreter: make demo PYTHON=/path/to/python3.12

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JOBS ?= 2
ARGS ?=
SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c '$(SUITABLE)' >/dev/null 2>&1 && { echo $$p; break; }; done)

.PHONY: demo test quick lint messages sample clean

demo: $(READY)
	$(BIN)/nine-dragons compare $(ARGS)

test: lint
	$(BIN)/python -m pytest -q -n $(JOBS)

quick: $(READY)
	$(BIN)/python -m pytest -q -n $(JOBS) -m "not slow"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/messages.py --check

# Renews the catalogues of texts; what is new comes out empty, for a translator.
messages: $(READY)
	$(BIN)/python tools/messages.py

# Renews results/sample: the full-size comparison, its report in both languages, the charts of the READMEs.
sample: $(READY)
	$(BIN)/python tools/sample.py

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Nine Dragons needs Python 3.11, 3.12 or 3.13; name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fast]' || \
		echo "Numba cannot be installed here: everything runs, with the same results, on the slower SimPy engine." >&2
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
