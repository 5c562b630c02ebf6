# Every target sets up what it needs: on a fresh clone `make demo` or `make test` can be the first command typed.
#   PYTHON=python3.12   the interpreter that makes .venv (default: the first that fits; `make clean` to change it)
#   ARGS="-k close_all" handed on to the program a target runs
#   WORKERS=6           processes that share the tests; many of them wait, so more than the cores pay

.DEFAULT_GOAL := help
.PHONY: help demo test test-all check check-format check-lint check-types check-imports bench bench-gate docs dist fuzz lab fmt \
	clean FORCE

PYTHON ?=
ARGS ?=
WORKERS ?= 6
VENV := .venv
FUZZ := .venv-fuzz
TOOLS := .venv-docs
SECONDS ?= 60
VERSIONS := 3.11 3.12 3.13
BIN := $(VENV)/bin
LAYERS := domain application adapters entrypoints
READY := $(VENV)/.installed build/types/jainam_prop
unexport PYTHONDONTWRITEBYTECODE  # a run without bytecode compiles all tests and the product in each process

# Prints the first of the named interpreters that fits; 2: fits, but cannot make an environment; 1: none fits.
define find_python
found=1; \
for python in $(1); do \
	"$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || continue; \
	if "$$python" -c 'import ensurepip, venv' 2>/dev/null; then found="$$python"; break; fi; \
	found=2; lame="$$("$$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')"; \
done
endef

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(READY) ## a whole trading day on the embedded simulator
	@$(BIN)/jainam-prop demo $(ARGS)

test: $(READY) ## run the tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

test-all: ## run the tests on every Python of VERSIONS that this machine has
	@for version in $(VERSIONS); do \
		$(call find_python,"python$$version" "$${PYENV_ROOT:-$$HOME/.pyenv}/versions/$$version".*/bin/python); \
		case "$$found" in \
			1|2) echo "Python $$version: not on this machine, skipped" ;; \
			*) echo "Python $$version:"; $(MAKE) VENV=".venv-$$version" PYTHON="$$found" test || exit 1 ;; \
		esac; \
	done

check: check-format check-lint check-types check-imports test ## everything CI runs

check-format: $(READY)
	@$(BIN)/ruff format --check .

check-lint: $(READY)
	@$(BIN)/ruff check .

check-types: $(READY)
	@$(BIN)/mypy

check-imports: $(READY)
	@PYTHONPATH=build/types $(BIN)/lint-imports

fuzz: $(FUZZ)/.installed ## let atheris at the stream, SECONDS a target (60); Python 3.11
	@for target in conversation json_tick partial binary order_event; do \
		$(FUZZ)/bin/python -m tests.fuzz.stream $$target -max_total_time=$(SECONDS) $(ARGS) || exit 1; \
	done

$(FUZZ)/.installed: pyproject.toml constraints.txt
	@python3.11 -m venv $(FUZZ)
	@$(FUZZ)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e . atheris
	@touch $@

lab: $(READY) ## damaged wires with shrinking, interleavings of threads
	@JAINAM_SOAK=1 $(BIN)/python -m pytest -v -n 4 --dist worksteal --durations 0 --durations-min 10 \
		tests/e2e/test_laboratory.py tests/interleavings $(ARGS)

bench: $(READY) ## print the benchmark table
	@$(BIN)/python -m pytest benchmarks --benchmark-only $(ARGS)

bench-gate: $(READY) ## fail when a ratio, memory or command-time limit is missed
	@failed=0; for part in "gate $(ARGS)" instrument_memory command_time; do \
		$(BIN)/python -m benchmarks.$$part || failed=1; \
	done; exit $$failed

docs: $(TOOLS)/.installed build/types/jainam_prop ## build the site of docs/ into build/site; a warning is an error
	@NO_MKDOCS_2_WARNING=1 $(TOOLS)/bin/mkdocs build --strict --quiet $(ARGS) && echo "build/site/index.html"

dist: $(TOOLS)/.installed ## build sdist and wheel into dist/, and check them
	@rm -rf dist && $(TOOLS)/bin/python -m build --outdir dist . >/dev/null && $(TOOLS)/bin/twine check --strict dist/*

$(TOOLS)/.installed: pyproject.toml constraints.txt $(READY)
	@$(BIN)/python -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
		"mkdocs-material" "mkdocstrings[python]" build twine
	@touch $@

fmt: $(READY) ## format the code and mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## remove everything that make made
	@rm -rf .venv .venv-fuzz .venv-docs .venv-3.* build dist *.egg-info .benchmarks .hypothesis .import_linter_cache .mypy_cache \
		.pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp holds the folder it was made in: a moved or copied environment still points at the old one.
ifneq ($(shell cat $(VENV)/.installed 2>/dev/null),$(CURDIR))
$(VENV)/.installed: FORCE
endif

$(VENV)/.installed: pyproject.toml constraints.txt
	@if [ "$$(cat $@ 2>/dev/null)" != "$(CURDIR)" ] || ! $(BIN)/python -c '' 2>/dev/null; then \
		$(call find_python,$(if $(PYTHON),$(PYTHON),python3.11 python3.12 python3.13 python3)); \
		case "$$found" in \
			1) echo "No Python 3.11, 3.12 or 3.13 found. Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1 ;; \
			2) echo "$$lame cannot make virtual environments here. On Debian or Ubuntu: apt-get install $$lame-venv" >&2; exit 1 ;; \
		esac; \
		echo "Making $(VENV) with $$("$$found" --version); this takes a minute, once."; \
		rm -rf $(VENV) && "$$found" -m venv $(VENV); \
	fi
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@echo "$(CURDIR)" > $@

# mypy reads no editable install; it reads these links.
build/types/jainam_prop: Makefile
	@mkdir -p $@
	@for layer in $(LAYERS); do ln -sfn "../../../$$layer" "$@/$$layer"; done
	@ln -sfn ../../../entrypoints/facade/__init__.py ../../../entrypoints/facade/__main__.py "$@/"
	@touch $@
