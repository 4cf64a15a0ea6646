# The same targets run by hand and in CI. `make demo` and `make test` do all of their own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLER ?= uv
ARGS ?=

define NO_PYTHON
找不到 $(PYTHON)：请安装 Python 3.11 以上，或 make PYTHON=python3.12
$(PYTHON) is not there: install Python 3.11 or newer, or make PYTHON=python3.12
endef
# Older Pythons must be able to read it.
define CHECK_PYTHON
import sys
if sys.version_info < (3, 11):
    sys.exit("""需要 Python 3.11 以上，$(PYTHON) 是 %d.%d：请 make PYTHON=python3.12
guanai needs Python 3.11 or newer, $(PYTHON) is %d.%d: make PYTHON=python3.12""" % (2 * sys.version_info[:2]))
try:
    import ensurepip, venv
except ImportError:
    sys.exit("""$(PYTHON) 缺少 venv：请 apt install python3-venv（或发行版的同类软件包）
$(PYTHON) has no venv: apt install python3-venv, or your distribution's package for it""")
endef
export NO_PYTHON CHECK_PYTHON

.PHONY: demo bench test quick check lint format types contracts tests faults install lock clean

demo: $(VENV)/.installed
	$(BIN)/guanai demo $(ARGS)

# Each row beside its peer (docs/performance.md). ARGS=--short: some minutes; ARGS="f1 f4": these rows.
bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks $(ARGS)

test: check tests

# While one works: what needs neither the types of all modules nor a program of a test's own.
quick: lint
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow" $(ARGS)

check: lint types contracts

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

types: $(VENV)/.installed
	$(BIN)/mypy

contracts: $(VENV)/.installed
	$(BIN)/lint-imports

tests: $(VENV)/.installed
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

faults: $(VENV)/.installed
	$(BIN)/python -m faults $(ARGS)

format: $(VENV)/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

install: $(VENV)/.installed

# Hashed requirement files name no index, so they install from any mirror (docs/decisions/0002).
# Unlike pip, uv compiles nothing of itself; each service would then do it at every start where Python may not
# write beside the sources, which takes more than a second and five megabytes.
$(VENV)/.installed: pyproject.toml requirements/dev.txt requirements/uv.txt
	@command -v $(PYTHON) >/dev/null || { echo "$$NO_PYTHON" >&2; exit 1; }
	@$(PYTHON) -c "$$CHECK_PYTHON"
	$(PYTHON) -m venv $(VENV)
ifeq ($(INSTALLER),uv)
	$(BIN)/pip install --quiet --require-hashes -r requirements/uv.txt
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements/dev.txt
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
else
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
endif
	touch $@

$(VENV)/.bench: $(VENV)/.installed requirements/bench.txt
ifeq ($(INSTALLER),uv)
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements/bench.txt
else
	$(BIN)/pip install --quiet --require-hashes -r requirements/bench.txt
endif
	touch $@

lock:
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements/uv.in -o requirements/uv.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements/build.in -o requirements/build.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements/main.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra dev pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra dev --extra bench pyproject.toml -o requirements/bench.txt

clean:
	rm -rf $(VENV) .guanai .mypy_cache .ruff_cache .pytest_cache .hypothesis
