# Budgetanalyser. `make reports` makes every report of this workspace; `make test` runs the tests.
# Needs git, make and Python 3.11 or newer; everything else is put into .venv.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PIP = .venv/bin/python -m pip --disable-pip-version-check install --quiet
RUN_PINS = requirements/run.txt
DEV_PINS = requirements/dev.txt

.PHONY: reports test heavy lint lab clean benchmarks pins .venv
.DELETE_ON_ERROR:

reports: .venv/klar
	.venv/bin/budgetanalyser run

test: .venv/klar-dev
	.venv/bin/python -m pytest -n auto --dist loadfile -m "not heavy"

# The slow and hostile tests.
heavy: .venv/klar-dev
	.venv/bin/python -m pytest -n auto --dist loadfile -m heavy

lint: .venv/klar-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

lab: .venv/klar
	.venv/bin/jupyter lab --notebook-dir=.

benchmarks: .venv/klar-dev
	.venv/bin/python benchmarks/one_report.py
	.venv/bin/python benchmarks/simulation.py
	.venv/bin/python benchmarks/lottery.py
	.venv/bin/python benchmarks/counting.py
	.venv/bin/python benchmarks/ledger.py

# The environment alone. It is made anew when the pins change, so that nothing old stays in it.
.venv: .venv/klar

.venv/klar: $(RUN_PINS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Budgetanalyser kræver Python 3.11 eller nyere. Angiv den med: make PYTHON=/sti/til/python3.11" >&2; exit 1; }
	@echo "Henter pakker til .venv (et par minutter første gang)"
	@$(PYTHON) -m venv --clear .venv || { \
	  echo "Python mangler venv. På Debian og Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@$(PIP) --require-hashes -r $(RUN_PINS)
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/klar-dev: .venv/klar $(DEV_PINS)
	@$(PIP) --require-hashes -r $(DEV_PINS)
	@touch $@

# Write the pins anew from pyproject.toml. Needs uv; say the same in environment.yml afterwards (a test compares them).
pins:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --extra build pyproject.toml -o $(RUN_PINS)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --extra build --extra dev -c $(RUN_PINS) pyproject.toml -o $(DEV_PINS)

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	find reports -mindepth 1 ! -name README.md -delete
