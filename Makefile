# Fachkräftematrix: alle Arbeitsschritte an einer Stelle. `make` zeigt die Übersicht.
#
# Everything below is POSIX sh, uses relative paths only (the checkout may contain spaces) and needs no
# environment variable. The environment in .venv is trusted only if its stamp says so; the stamp is written last
# and holds the content of the lock and the place of the checkout, so that an interrupted installation, a changed
# lock or a moved checkout is noticed. Up to date means: no pip, no network.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:

## PORT=8000        Port des Webdienstes für `make run`
PORT ?= 8000
## PYTHON=python3   Python (ab 3.11), mit dem .venv angelegt wird
PYTHON ?= python3
## ARGS=            weitere Angaben, z. B. make test ARGS="-k rundung" oder make bench ARGS=--document
ARGS ?=
## QUICK=           make bench QUICK=1: nur Stichproben, unter zwei Minuten
QUICK ?=
## FULL=            make bench FULL=1: auch eine Million Reihen (einige Minuten mehr)
FULL ?=

VENV := .venv
VENV_BENCH := .venv-bench
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
PYTEST := $(PY) -m pytest
MAKEFLAGS += --no-print-directory
# pip translates every module to bytecode, one after the other: half of the installation. Here all processors do it,
# and what no command loads (tests of the libraries, most chart types) is left until somebody imports it.
UNUSED := /tests?/|/plotly/graph_objs/.*/|/pygments/(lexers|styles)/|/numpy/(distutils|f2py)/|/pip/

.PHONY: help setup setup-dev run test check check-format check-lint check-types check-contracts check-deps \
	check-tests format bench bench-api bench-pages fuzz prior notebooks lock clean

help: ## diese Übersicht
	@echo "Fachkräftematrix – make <Ziel> [VARIABLE=Wert]"; echo
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile
	@echo; echo "Variablen:"
	@sed -n 's/^## /  /p' Makefile

# --- Einrichten -------------------------------------------------------------------------------------------------

setup: ## richtet .venv nach requirements/run.lock ein (beim zweiten Mal nichts zu tun)
	@set -eu; \
	want="$$({ cat requirements/run.lock; pwd -P; } | cksum)"; \
	have="$$(cat $(VENV)/run.done 2>/dev/null || true)"; \
	if [ "$$want" != "$$have" ] || ! $(PY) -c '' 2>/dev/null; then \
		command -v "$(PYTHON)" >/dev/null 2>&1 || { \
			echo "Fehler: »$(PYTHON)« ist nicht installiert." >&2; \
			echo "  Erwartet: Python 3.11 oder neuer" >&2; \
			echo "  Abhilfe:  Python installieren oder make setup PYTHON=/pfad/zu/python3 angeben." >&2; exit 1; }; \
		"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
			echo "Fehler: »$(PYTHON)« ist zu alt: $$("$(PYTHON)" --version 2>&1)." >&2; \
			echo "  Erwartet: Python 3.11 oder neuer" >&2; \
			echo "  Abhilfe:  neueres Python installieren und z. B. make setup PYTHON=python3.12 aufrufen." >&2; exit 1; }; \
		"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
			echo "Fehler: Diesem Python fehlt der Baustein »venv« oder »ensurepip«." >&2; \
			echo "  Abhilfe:  unter Debian und Ubuntu: sudo apt install python3-venv, danach make setup." >&2; exit 1; }; \
		echo "Richte $(VENV) ein (einmalig, einige Minuten) …"; \
		rm -rf $(VENV); \
		"$(PYTHON)" -m venv $(VENV); \
		$(PIP) install --no-compile --require-hashes --requirement requirements/run.lock || { \
			echo "Fehler: Die Installation ist nicht fertig geworden; die Ursache steht darüber." >&2; \
			echo "  Abhilfe:  Internetverbindung prüfen und denselben Befehl noch einmal aufrufen." >&2; exit 1; }; \
		$(PY) -m compileall -qq -j 0 -x '$(UNUSED)' $(VENV)/lib || true; \
		echo "$$want" > $(VENV)/run.done; \
	fi; \
	want="$$(cksum < pyproject.toml)"; \
	have="$$(cat $(VENV)/project.done 2>/dev/null || true)"; \
	if [ "$$want" != "$$have" ]; then \
		$(PIP) install --quiet --no-deps --no-build-isolation --no-index --editable .; \
		echo "$$want" > $(VENV)/project.done; \
	fi

setup-dev: setup
	@set -eu; \
	want="$$(cksum < requirements/dev.lock)"; \
	have="$$(cat $(VENV)/dev.done 2>/dev/null || true)"; \
	if [ "$$want" != "$$have" ]; then \
		echo "Ergänze $(VENV) um die Werkzeuge zum Prüfen …"; \
		rm -f $(VENV)/dev.done; \
		$(PIP) install --require-hashes --requirement requirements/dev.lock || { \
			echo "Fehler: Die Installation ist nicht fertig geworden; die Ursache steht darüber." >&2; \
			echo "  Abhilfe:  Internetverbindung prüfen und denselben Befehl noch einmal aufrufen." >&2; exit 1; }; \
		echo "$$want" > $(VENV)/dev.done; \
	fi

# --- Benutzen ---------------------------------------------------------------------------------------------------

run: setup ## prüft die Daten, trainiert, veröffentlicht und startet den Webdienst (Strg+C beendet ihn)
	@$(PY) -m forecast run
	@exec $(PY) -m forecast serve --port "$(PORT)"

notebooks: setup ## führt die Notizbücher aus; Bilder liegen danach in einem Ordner auf Zeit, den jedes nennt
	@set -eu; \
	[ -f data/snapshots/current ] || $(PY) -m forecast run; \
	for book in notebooks/[0-9]*.py; do echo "── $$book"; $(PY) "$$book"; done

# --- Prüfen -----------------------------------------------------------------------------------------------------

test: setup-dev ## alle Prüfungen einschließlich der langsamen
	@$(PYTEST) -n auto --maxprocesses 4 --dist loadfile $(ARGS)

check: check-format check-lint check-types check-contracts check-deps check-tests ## alles, was vor einem Commit grün sein muss (unter einer Minute)

check-format: setup-dev
	@$(PY) -m ruff format --check --quiet . || { echo "Abhilfe: make format" >&2; exit 1; }

check-lint: setup-dev
	@$(PY) -m ruff check --quiet .

check-types: setup-dev
	@$(PY) -m mypy --no-error-summary

check-contracts: setup-dev
	@$(VENV)/bin/lint-imports --no-logo

check-deps: setup-dev
	@$(PY) -m deptry .

check-tests: setup-dev
	@$(PYTEST) -q -m "not slow and not bench" -n auto --maxprocesses 4 --dist loadfile $(ARGS)

fuzz: setup-dev ## stellt der Schnittstelle 10.000 erzeugte Fragen aus ihrer eigenen Beschreibung (einige Minuten)
	@FUZZ_CASES=10000 $(PYTEST) -q tests/api/test_schema_fuzz.py tests/api/test_fuzzed_requests.py $(ARGS)

format: setup-dev ## bringt den Quelltext in die vereinbarte Form
	@$(PY) -m ruff format . && $(PY) -m ruff check --fix .

prior: setup-dev ## lernt die Vorgewichte der Glätterbank neu (models/prior; unter einer Minute)
	@$(PY) -m forecast.prior_files

bench: setup-dev ## misst Güte, Tempo und Speicher neben Vergleichsverfahren und Zielen (unter 10 Minuten)
	@set -eu; \
	want="$$({ cat requirements/bench.lock; pwd -P; } | cksum)"; \
	have="$$(cat $(VENV_BENCH)/bench.done 2>/dev/null || true)"; \
	if [ "$$want" != "$$have" ] || ! $(VENV_BENCH)/bin/python -c '' 2>/dev/null; then \
		echo "Richte $(VENV_BENCH) mit den Vergleichsverfahren ein …"; \
		rm -rf $(VENV_BENCH); \
		if $(PY) -m venv $(VENV_BENCH) && $(VENV_BENCH)/bin/python -m pip --disable-pip-version-check \
			install --quiet --require-hashes --requirement requirements/bench.lock; then \
			echo "$$want" > $(VENV_BENCH)/bench.done; \
		else \
			rm -rf $(VENV_BENCH); \
			echo "Hinweis: Die Vergleichsverfahren ließen sich nicht einrichten; die Ursache steht darüber." >&2; \
			echo "  Folge:   Verhältnisse zu ihnen und Zeilen auf öffentlichen Sätzen bleiben ungemessen." >&2; \
			echo "  Abhilfe: Internetverbindung prüfen und make bench noch einmal aufrufen." >&2; \
		fi; \
	fi
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PY) -m tests.bench $(if $(QUICK),--quick) $(if $(FULL),--full) $(ARGS)

bench-api: setup-dev ## misst Tempo, Speicher und Ladezeit der Schnittstelle (unter drei Minuten)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PY) -m tests.bench.api_bench $(if $(QUICK),--quick) $(ARGS)

bench-pages: setup-dev ## misst Tempo und Gewicht der Seiten in einem gebremsten Chromium (unter vier Minuten)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PY) -m tests.bench.pages_bench $(if $(QUICK),--quick) $(ARGS)

# --- Pflegen ----------------------------------------------------------------------------------------------------

# The lock holds versions and hashes, no host: whoever installs uses their own package index. Existing pins stay
# unless pyproject.toml rules them out; for a fresh resolution delete the two files first.
LOCK := $(PY) -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --quiet

lock: setup ## rechnet requirements/*.lock neu aus (nach einer Änderung an pyproject.toml; braucht Netz)
	@$(PY) -m uv --version >/dev/null 2>&1 || $(PIP) install --quiet uv
	@$(LOCK) pyproject.toml requirements/build.in --output-file requirements/run.lock
	@$(LOCK) --extra dev --constraint requirements/run.lock pyproject.toml requirements/build.in \
		--output-file requirements/dev.lock
	@$(LOCK) requirements/bench.in --output-file requirements/bench.lock
	@echo "requirements/run.lock und requirements/dev.lock sind neu; als Nächstes: make test"

clean: ## entfernt .venv und alle Zwischenspeicher; Daten, Modelle und Snapshots bleiben
	@rm -rf $(VENV) $(VENV_BENCH) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist
	@find forecast api tests notebooks -name __pycache__ -type d -prune -exec rm -rf {} +
