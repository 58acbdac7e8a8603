.DEFAULT_GOAL := help
.SHELLFLAGS := -eu -c
PYTHON ?= python3
# Tools always run by this: the scripts beside it hold the path that they were installed in, which a
# move changes.
python := .venv/bin/python
export PYTHONPATH := db-init:web
# Libraries are installed without bytecode, so Python has to keep what it makes at their first use.
unexport PYTHONDONTWRITEBYTECODE

##@ Run, without Docker (with it: docker compose up)

run: .venv/run ## Postgres, db-init and web on 127.0.0.1:8000; PORT=8001 for another port
	@exec $(python) -m embedded run

dev: .venv/run ## The same with Flask's reloader and debugger
	@exec $(python) -m embedded dev

watch: ## In Docker: a saved change of web/ takes effect at once; debuggers attach
	@exec docker compose -f docker-compose.yml -f web/dev/compose.yml watch

##@ Run in production, with Docker

deploy: ## A new version without a gap, behind Caddy with TLS; SITE=example.com
	@exec sh web/deploy/deploy.sh

signing-key: ## Another key signs; what the one before signed is good until the next time
	@exec sh web/deploy/signing_key.sh

passwords: ## New passwords for the database's roles, without a gap
	@exec sh web/deploy/passwords.sh

##@ Look inside, with and without Docker

shell: ## Python with db and every model; SQLALCHEMY_ECHO=1 shows the SQL
	@if $(call in-compose,web); then exec docker compose exec -e SQLALCHEMY_ECHO web flask shell; \
	else $(MAKE) -s .venv/run && exec $(python) -m embedded shell; fi

psql: ## The database, as its owner
	@if $(call in-compose,db); then exec docker compose exec db psql --username=owner retort; \
	else $(MAKE) -s .venv/run && exec $(python) -m embedded psql; fi

status: ## What the database does, what is slow, and what needs attention
	@if $(call in-compose,db); then \
	  exec docker compose exec -T db psql --no-psqlrc --username=owner retort <db-init/status.sql; \
	else $(MAKE) -s .venv/run && exec $(python) -m embedded psql --no-psqlrc --file=db-init/status.sql; fi

##@ Keep the data, with and without Docker

backup: ## Everything in the database, as one file in backups/
	@if $(call in-compose,db); then $(in-db) exec sh db-init/keep/backup.sh backups; \
	else $(MAKE) -s .venv/run && exec $(python) -m embedded backup; fi

restore: ## Back from such a file: f=backups/...; REPLACE=1 in place of what is there
	@if $(call in-compose,db); then $(in-db) exec sh db-init/keep/restore.sh "$${f-}"; \
	else $(MAKE) -s .venv/run && exec $(python) -m embedded restore "$${f-}"; fi

upgrade-postgres: ## The data to another Postgres: v=19; without Docker, to the package's newest
	@if $(call in-compose,db); then exec sh db-init/keep/upgrade.sh; \
	else $(MAKE) -s .venv/run && exec $(python) -m embedded upgrade; fi

##@ Use the API, with and without Docker

token: ## A token, for requests that write
	@if $(call in-compose,web); then exec docker compose exec -T web flask token; \
	else $(MAKE) -s .venv/run && exec $(python) -m embedded token; fi

account: ## An account that can log in for a token: e=amy@example.com
	@if $(call in-compose,web); then exec docker compose exec web flask account "$${e-}"; \
	else $(MAKE) -s .venv/run && exec $(python) -m embedded account "$${e-}"; fi

##@ Try the cheat sheet, with and without Docker

recipe: ## A recipe of the cheat sheet: r="count --set least=100", or r=words to search
	@status=0; $(PYTHON) -I web/retort/cheatsheet/ask.py $${r-} || status=$$?; \
	case $$status in 3 | 127) ;; *) exit $$status ;; esac; \
	if $(call in-compose,web); then \
	  exec docker compose exec web python retort/cheatsheet/ask.py http://127.0.0.1:8000 $${r-}; \
	else $(MAKE) -s .venv/run && exec $(python) -m embedded recipe $${r-}; fi

##@ Change

migration: .venv/dev ## Write the migration that the models ask for: m="add a column"
	@$(python) -m embedded migration "$${m-}"
	@$(python) -m ruff check --fix-only --quiet db-init && $(python) -m ruff format --quiet db-init

cheatsheet: .venv/dev ## Run every recipe; write its README, and what to print: build/
	@exec $(python) -m embedded cheatsheet

format: .venv/dev ## Format the code, and correct what the linter can
	@$(python) -m ruff check --fix-only --quiet && $(python) -m ruff format

lock: .venv/dev ## Update the locks to the newest libraries that the requirements.in allow
	@for folder in tests db-init/embedded db-init web web/dev web/retort/tracing; do \
	  constraint=$$([ $$folder = tests ] || echo "--constraints tests/requirements.txt"); \
	  $(python) -m uv pip compile --quiet --universal --upgrade --generate-hashes \
	    --python-version 3.11 --custom-compile-command "make lock" $$constraint \
	    $$folder/requirements.in --output-file $$folder/requirements.txt; \
	done

##@ Make it yours

new: .venv/dev ## A project of your own: name=shop without="cheatsheet rest" into=../shop
	@$(python) -m dev.new "$${name-}" --without="$${without-}" --into="$${into-}"

##@ Check

test: .venv/dev ## Every test but those below; POSTGRES=docker|embedded|url, T=some
	@$(python) -m pytest --numprocesses=auto --dist=load $(if $(POSTGRES),--postgres=$(POSTGRES)) \
	  $(if $(T),$(T),--cov --cov-report=term)

test-clients: .venv/dev tests/clients/node_modules ## The API's clients in Python and JavaScript; needs Node
	@$(python) -m pytest tests/clients $(if $(POSTGRES),--postgres=$(POSTGRES)) $(T)

test-browser: .venv/dev ## The cheat sheet's pages in a browser; needs Chromium
	@$(python) -m pytest tests/browser $(if $(POSTGRES),--postgres=$(POSTGRES)) $(T)

test-stack: .venv/dev ## The containers of docker-compose.yml, from the outside; needs Docker
	@$(python) -m pytest tests/stack $(T)

test-faults: .venv/dev ## What goes wrong, under load: web/deploy/FAULTS.md; needs Docker and root
	@$(python) -m pytest -p tests.faults.table $(if $(T),$(T),tests/faults \
	  tests/stack/test_deploy.py::test_three_deploys_and_not_one_request_fails)

test-install: .venv/dev ## What a new user meets: install, run, test, move; needs the network
	@$(python) -m pytest tests/install $(T)

test-new: .venv/dev ## What make new writes, with every choice of parts; takes half an hour
	@$(python) -m pytest tests/new $(T)

bench: .venv/dev ## Requests a second, compared with what people deploy; takes four minutes
	@$(python) -m tests.bench $(POSTGRES)

check: .venv/dev ## Lint, format and types
	@$(python) -m ruff check
	@$(python) -m ruff format --check
	@$(python) -m basedpyright

##@ What is inside

audit: .venv/dev ## Known vulnerabilities of what the locks name; needs the network
	@rm -f .venv/audit.txt; \
	if $(python) -m pip_audit --strict --disable-pip --require-hashes --progress-spinner=off \
	  $(addprefix -r ,$(locks)) --output=.venv/audit.txt >.venv/audit.log 2>&1; \
	then echo "audit: no known vulnerability in what the locks name"; \
	elif [ -s .venv/audit.txt ]; then cat .venv/audit.txt; exit 1; \
	else tail -n 1 .venv/audit.log; \
	  echo "audit: nothing is known: the database of vulnerabilities does not answer"; exit 1; fi

sbom: .venv/dev ## The libraries of each image, in CycloneDX: .local/sbom/
	@mkdir -p .local/sbom; for image in web db-init; do \
	  $(python) -m cyclonedx_py requirements --output-reproducible \
	    $$image/requirements.txt --output-file .local/sbom/$$image.json; \
	  echo "sbom: .local/sbom/$$image.json"; done

##@

help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

locks := $(wildcard */requirements.txt */*/requirements.txt)

# Every target whose name is no path.
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))

in-db = PGDATABASE=retort RUN="docker compose exec -T --env PGUSER=owner --env PGDATABASE=retort db"
in-compose = [ -n "$$(docker compose ps --quiet --status running $(1) 2>/dev/null)" ]

# Make .venv anew if its Python is gone, or is now another that lacks the libraries.
works := $(shell $(python) -c 'import markupsafe; print("yes")' 2>/dev/null)
$(if $(works),,$(eval .PHONY: .venv/run .venv/dev))

.venv/run: db-init/embedded/requirements.txt
	$(install)

# The libraries of .venv/run, and the tools.
.venv/dev: tests/requirements.txt
	$(install)

tests/clients/node_modules: tests/clients/package-lock.json
	@npm ci --prefix tests/clients --silent --no-audit --no-fund && touch $@

# A lock names every library, so nothing is resolved. uv installs it in a fifth of pip's time; pip
# installs uv from the same lock. Where uv cannot do the rest, pip does: no uv is built for the machine,
# or only pip's configuration knows the way to an index. Bytecode is made where it is first needed. The
# umask, because the Postgres that root starts runs as another user, who has to read what is here.
define install
@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit( \
  f"Python 3.11 or later is needed, and $(PYTHON) is {v[0]}.{v[1]}: make PYTHON=python3.14 ...")'
@umask 022; started=$$(date +%s); \
  [ -n "$(works)" ] || $(PYTHON) -m venv --clear --without-pip .venv; \
  if $(PYTHON) -m pip --version >/dev/null 2>&1; then pip="$(PYTHON) -m pip --python $(python)"; \
  elif $(python) -m ensurepip >/dev/null 2>&1; then pip="$(python) -m pip"; \
  else echo "$(PYTHON) has no pip: install it first, like by apt install python3-pip"; exit 1; fi; \
  pip="$$pip install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes"; \
  awk '/^uv==/, !/\\$$/' $< >.venv/uv.txt; \
  { $$pip -r .venv/uv.txt && $(python) -m uv pip install --quiet --python $(python) \
      --no-deps --require-hashes -r $<; } 2>.venv/uv.log || $$pip -r $<; \
  touch $@ .venv/run; \
  printf '%5d s  .venv     installed from $<\n' $$(($$(date +%s) - started))
endef
