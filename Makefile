# Hilo's verbs; `make help` lists them. What a verb needs is made ready first, and only when its lock has changed.
BIN := .venv/bin
ARGS ?=
# The first Python on the PATH that is new enough (without one, uv can bring it).
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && exit; \
	done; command -v uv >/dev/null && echo "uv run --quiet --no-project --python 3.13 python")
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
# What is run on each kind of server: the part of the suite that is about what Redis does.
ON_SERVERS := $(addprefix tests/,$(addprefix faults/test_,commit.py leases.py routers.py poison.py sender.py rules_status.py \
	timers.py trimming.py history.py audit.py dead_letters.py) \
	journeys/test_thread.py journeys/test_desk_feed.py journeys/test_desk_dead.py)

# Tests side by side: one more than there are processors, since many wait for processes, browsers and mail servers.
# Those that are marked `alone` have the machine to themselves, afterwards.
WORKERS := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))

.PHONY: help setup run test redis cluster check golden bench soak fuzz lock system clean python ready ready-dev

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

setup: ready-dev ## everything to work on Hilo, in .venv
	@echo "Ready. make run starts Hilo; make help shows what else there is."

run: ready ## start Hilo with its own Redis and the sandbox
	@exec $(BIN)/hilo up $(ARGS)

test: ready-dev ## all tests (ARGS="tests/unit -k owner" for some)
	@$(PYTHON) .ci/system.py chromium mail
ifeq ($(ARGS),)
	@$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4 --dist loadfile -m "not alone"
	@$(BIN)/python -m pytest -m alone
else
	@$(BIN)/python -m pytest $(ARGS)
endif

redis: ready-dev ## tests on a Redis: the store's part, with a server from the PATH (ARGS="tests/faults -k lease" for others)
	@$(PYTHON) .ci/system.py redis
	@$(BIN)/python -m tests.redis_servers redis -- $(BIN)/python -m pytest $(or $(ARGS),$(ON_SERVERS))

cluster: ready-dev ## tests on a Redis Cluster: the same part, on three primaries and three replicas
	@$(PYTHON) .ci/system.py redis
	@$(BIN)/python -m tests.redis_servers cluster -- $(BIN)/python -m pytest $(or $(ARGS),$(ON_SERVERS))

check: ready-dev ## format, lint, types of Python and of the browser's scripts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/mypy .ci/bootstrap.py .ci/system.py .ci/lock.py
	@sh .ci/tsc

golden: ready-dev ## write the golden messages anew from their raw payloads (then read the diff)
	@HILO_GOLDEN=rewrite $(BIN)/python -m pytest tests/golden $(ARGS)

bench: ready-dev ## messages per second beside peers, limits and latency (ARGS="peers --rounds 3 --messages 5000")
	@$(BIN)/python -m bench $(ARGS)

soak: ready-dev ## the faults' tests again and again (ARGS="--minutes 60")
	@$(BIN)/python -m bench.soak $(ARGS)

fuzz: ready-dev ## mails (or ARGS="--what x") that nobody would write, until one is not read well (--minutes 60; needs atheris)
	@$(BIN)/python -m bench.fuzz $(ARGS)

lock: ready-dev ## resolve requirements*.txt and package-lock.json anew (ARGS=--upgrade for newer versions; needs uv and npm)
	@$(BIN)/python .ci/lock.py $(ARGS)
	@npm install --package-lock-only --ignore-scripts --silent

system: python ## install the system's packages that tests and checks use (Debian and Ubuntu)
	@$(PYTHON) .ci/system.py chromium mail redis node

clean: ## remove what setup and the tools made; the data folder stays
	@rm -rf .venv .bench node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

ready: python
	@$(PYTHON) .ci/bootstrap.py run

ready-dev: python
	@$(PYTHON) .ci/bootstrap.py dev

python:
	@test -n "$(PYTHON)" || { echo "Hilo needs Python 3.11 or later: install it (Debian, Ubuntu: apt install python3 python3-venv), or uv, and try again." >&2; exit 1; }
