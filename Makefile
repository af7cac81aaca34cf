# `make`: environment, pipeline on the bundled data, report. `make test`: environment, all tests. `make help`: the rest.
PYTHON ?= python3
CORES ?= all
VENV := .venv
BIN := $(VENV)/bin
SNAKEMAKE := $(BIN)/snakemake
CONFIG ?=
OPTIONS ?=
# Trainings at a time on a GPU, if not the profile's number. Without one, as many as cores and free memory allow.
TRAININGS ?=
# The folder of results, if not the one that the configuration names.
RESULTS ?=
SETTINGS := $(if $(findstring --config ,$(OPTIONS)),$(OPTIONS))
ARGS := $(if $(CONFIG),--configfile "$(CONFIG)") $(if $(RESULTS),$(if $(SETTINGS),$(subst --config ,--config "results=$(RESULTS)" ,$(SETTINGS)),--config "results=$(RESULTS)"),$(SETTINGS))
OUT = $(or $(RESULTS),$(shell PYTHONPATH=workflow $(BIN)/python -m deepae.config.results "$(CONFIG)"))

# Snakemake starts its jobs through a shell, and make splits words: neither can work in such a folder.
ifneq ($(words $(CURDIR)),1)
$(error deepae: this folder has a space in its path, which make and Snakemake cannot do; move it, for example to ~/deepae)
endif

export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONPATH := $(CURDIR)/workflow:$(PYTHONPATH)

.PHONY: all run report summary environment bundled contest paper fetch rehearse test lint format bench clean clean-environment help
.DEFAULT_GOAL := all

all: run report summary

# The environment is made once and again only when the lock changes; .complete holds its path and the lock. pip takes a few
# minutes, most of them for torch.
environment:
	@$(PYTHON) envs/check.py $(VENV) $(if $(findstring command,$(origin PYTHON)),"$(PYTHON)")
	@tail -n +2 $(VENV)/.complete 2>/dev/null | cmp -s - requirements.lock || { \
		echo "deepae: making the environment in $(VENV) from requirements.lock (once; a few minutes and 2 GB, most of it torch)" && \
		$(PYTHON) -m venv $(VENV) && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock && \
		{ echo "$$(pwd -P)/$(VENV)" && cat requirements.lock; } > $(VENV)/.complete; }

run: environment
	@echo "deepae: running the pipeline$(if $(CONFIG), with $(CONFIG)) into $(OUT)/"
	@$(SNAKEMAKE) --quiet host reason --cores $(CORES) $(if $(TRAININGS),--resources gpu=$(TRAININGS)) $(if $(SETTINGS),,$(OPTIONS)) $(ARGS)

report: run
	@$(BIN)/python -m deepae.report.archive "$(OUT)" -- $(SNAKEMAKE) $(ARGS)

summary: report
	@$(BIN)/python -m deepae.report.resources "$(OUT)"
	@$(BIN)/python -m deepae.report.ending "$(OUT)"

# Everything the bundled data allow; the README says how long it takes.
bundled:
	@$(MAKE) --no-print-directory all CONFIG=config/bundled.yaml

# Beyond the paper: floors, ceilings, panels, compressed sensing and networks, training size, noise and bits.
contest:
	@$(MAKE) --no-print-directory all CONFIG=config/contest.yaml RESULTS=results/contest

# The whole paper; `make fetch` first, on a machine with a network.
paper:
	@$(MAKE) --no-print-directory all CONFIG=config/paper.yaml

fetch: environment
	@$(SNAKEMAKE) fetch --cores 4 --configfile "$(or $(CONFIG),config/paper.yaml)"

# The whole paper on synthetic data from a server on this machine: SCALE=full, tenth or fiftieth of the paper's shapes.
SCALE ?= fiftieth
rehearse: environment
	@$(BIN)/python -m deepae.rehearsal $(SCALE) results/rehearsal/$(SCALE) --cores $(CORES) $(OPTIONS)

test: environment lint
	@$(BIN)/python -m pytest tests/workflow tests/unit -n 2 --dist loadfile

lint: environment
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
	@$(BIN)/snakefmt --check Snakefile workflow
	@$(SNAKEMAKE) --lint

format: environment
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .
	@$(BIN)/snakefmt Snakefile workflow

bench: environment
	@$(BIN)/python -m benchmarks

# Results go; downloads and the environment stay.
clean:
	rm -rf results .snakemake .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

clean-environment:
	rm -rf $(VENV)

help:
	@echo "make               environment, pipeline on the bundled data, report"
	@echo "make test          environment, formatting, lint, all tests"
	@echo "make bundled       everything the bundled data allow"
	@echo "make contest       more methods and conditions than the paper has"
	@echo "make fetch paper   download the paper's data sets, then the whole paper"
	@echo "make rehearse      the whole paper on synthetic data, from the download to the report (SCALE=full, tenth, fiftieth)"
	@echo "make bench         speed and memory (benchmarks/)"
	@echo "make clean         remove results; downloads and the environment stay"
	@echo "CORES=4, TRAININGS=4 (trainings at a time on a GPU), CONFIG=my.yaml, RESULTS=folder, PYTHON=python3.12"
