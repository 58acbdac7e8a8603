.DEFAULT_GOAL := help
.SHELLFLAGS := -eu -c
PYTHON ?= python3
export PYTHONPATH := db-init:web

##@ Run, without Docker (with it: docker compose up)

run: .venv/run ## Postgres, db-init and web on 127.0.0.1:8000; PORT=8001 for another port
	@exec .venv/bin/python -m embedded run

dev: .venv/run ## The same with Flask's reloader and debugger
	@exec .venv/bin/python -m embedded dev

##@ Look inside, with and without Docker

shell: ## Python with db and every model; SQLALCHEMY_ECHO=1 shows the SQL
	@if $(call in-compose,web); then exec docker compose exec -e SQLALCHEMY_ECHO web flask shell; \
	else $(MAKE) -s .venv/run && exec .venv/bin/python -m embedded shell; fi

psql: ## The database, as its owner
	@if $(call in-compose,db); then exec docker compose exec db psql --username=owner retort; \
	else $(MAKE) -s .venv/run && exec .venv/bin/python -m embedded psql; fi

##@ Use the API, with and without Docker

token: ## A token, for requests that write
	@if $(call in-compose,web); then exec docker compose exec -T web flask token; \
	else $(MAKE) -s .venv/run && exec .venv/bin/python -m embedded token; fi

account: ## An account that can log in for a token: e=amy@example.com
	@if $(call in-compose,web); then exec docker compose exec web flask account "$${e-}"; \
	else $(MAKE) -s .venv/run && exec .venv/bin/python -m embedded account "$${e-}"; fi

##@ Try the cheat sheet, with and without Docker

recipe: ## A recipe of the cheat sheet: r="count --set least=100", or r=words to search
	@if $(call in-compose,web); then exec docker compose exec web flask cheatsheet $${r-}; \
	else $(MAKE) -s .venv/run && exec .venv/bin/python -m embedded recipe $${r-}; fi

##@ Change

migration: .venv/dev ## Write the migration that the models ask for: m="add a column"
	@.venv/bin/python -m embedded migration "$${m-}"
	@.venv/bin/ruff check --fix-only --quiet db-init && .venv/bin/ruff format --quiet db-init

cheatsheet: .venv/dev ## Run every recipe; write web/retort/cheatsheet/README.md, HTML and PDF
	@.venv/bin/python -m tests.sheet $(POSTGRES)

format: .venv/dev ## Format the code, mend what a tool can mend
	@.venv/bin/ruff check --fix-only --quiet && .venv/bin/ruff format

lock: .venv/dev ## Take the newest libraries that the requirements.in allow
	@for folder in tests db-init/embedded db-init web; do \
	  constraint=$$([ $$folder = tests ] || echo "--constraints tests/requirements.txt"); \
	  .venv/bin/uv pip compile --quiet --universal --upgrade --generate-hashes \
	    --python-version 3.11 --custom-compile-command "make lock" $$constraint \
	    $$folder/requirements.in --output-file $$folder/requirements.txt; \
	done

##@ Check

test: .venv/dev ## Every test but these below; POSTGRES=docker|embedded|url, T=some
	@.venv/bin/pytest --numprocesses=auto --dist=worksteal $(if $(POSTGRES),--postgres=$(POSTGRES)) \
	  $(if $(T),$(T),--cov --cov-report=term)

test-clients: .venv/dev tests/clients/node_modules ## The API's clients in Python and JavaScript; needs Node
	@.venv/bin/pytest tests/clients $(if $(POSTGRES),--postgres=$(POSTGRES)) $(T)

test-browser: .venv/dev ## The cheat sheet's pages in a browser; needs Chromium
	@.venv/bin/pytest tests/browser $(if $(POSTGRES),--postgres=$(POSTGRES)) $(T)

test-stack: .venv/dev ## docker-compose.yml from the outside; needs Docker
	@.venv/bin/pytest tests/stack $(T)

bench: .venv/dev ## Requests a second beside the ORM's and beside SQL by hand; takes a minute
	@.venv/bin/python -m tests.bench $(POSTGRES)

check: .venv/dev ## Lint, format and types
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/basedpyright

##@

help: ## What there is
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run dev shell psql token account recipe migration cheatsheet format lock test test-clients test-browser test-stack bench check help

in-compose = [ -n "$$(docker compose ps --quiet --status running $(1) 2>/dev/null)" ]

.venv/run: db-init/embedded/requirements.txt
	$(install)

# Everything that .venv/run has, and the tools.
.venv/dev: tests/requirements.txt
	$(install)

tests/clients/node_modules: tests/clients/package-lock.json
	@npm ci --prefix tests/clients --silent --no-audit --no-fund && touch $@

define install
@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit( \
  f"Python 3.11 or later is needed, and $(PYTHON) is {v[0]}.{v[1]}: make PYTHON=python3.14 ...")'
@started=$$(date +%s); \
  [ -x .venv/bin/pip ] || $(PYTHON) -m venv .venv; \
  .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<; \
  touch $@ .venv/run; \
  printf '%5d s  .venv     installed from $<\n' $$(($$(date +%s) - started))
endef
