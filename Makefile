# `make help` lists what can be done.
SHELL := /bin/bash
PYTHON := .venv/bin/python
RASA_PYTHON := .venv-rasa/bin/python
PEERS_UPLIFT := .venv-peers-uplift/bin/python
RASA_QUIET := RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1 TF_CPP_MIN_LOG_LEVEL=3 OMP_WAIT_POLICY=PASSIVE
# Where Python is told to keep no compiled modules, each process would compile all that it imports: half of a run.
unexport PYTHONDONTWRITEBYTECODE
ifdef SHOP
export PREVENANT_SHOP ?= $(SHOP)
endif

# $(call tests,COMMAND,NAME): the tests of test-NAME. What failed is tried once more alone, at once, or with LATER=1 when
# the lanes beside it are over (AGAIN=1); its failure is told either way.
tests = $(if $(AGAIN),echo "✗ What failed of $(2) is tried once more alone:"; $(1) -o cache_dir=var/pytest/$(2) --last-failed --last-failed-no-failures none,$(1) -o cache_dir=var/pytest/$(2) || { $(if $(LATER),mkdir -p var/pytest; touch var/pytest/$(2).failed; exit 1,$(MAKE) --no-print-directory AGAIN=1 test-$(2)); })

.DEFAULT_GOAL := help
.PHONY: model help run shell setup setup-tryon setup-test setup-bench setup-peers setup-peers-uplift test test-server test-postgres test-again test-rest test-rasa test-browser check fuzz-api contract faults bench crash simulate evaluate-nlu evaluate-nlu-public evaluate-service evaluate-identity evaluate-recommender evaluate-sessions evaluate-new-products evaluate-search evaluate-decisions evaluate-uplift evaluate-timing evaluate-assistant evaluate-tryon tune-requests locks clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  \033[1mmake %-20s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup $(if $(TRY_ON),setup-tryon) ## Start the shop and its chatbot on http://localhost:8000 (SHOP=tau for another shop, ENGINE=vendure or medusa, TRY_ON=1)
	@$(if $(filter vendure medusa,$(ENGINE)),$(PYTHON) -m tests.servers.$(ENGINE)_shop) $(if $(TRY_ON),PREVENANT_TRY_ON_URL=http://127.0.0.1:5056) $(PYTHON) -m bot run

shell: setup ## Talk to the bot in this terminal (AS=camille: as that demo customer)
	@$(PYTHON) -m bot shell $(AS)

setup: ## Make both Python environments and the browser bundles, where missing or outdated
	@scripts/setup.sh

setup-tryon: # what virtual try-on runs with
	@scripts/setup.sh tryon

setup-test:
	@scripts/setup.sh test

setup-peers: # .venv-peers: libraries that nothing of ours runs beside
	@scripts/setup.sh peers

setup-bench: # with the peers that evaluations compare with
	@scripts/setup.sh bench

# `test-rest` is the longest: what trains the model begins at once, and lanes that need no model run beside it.
test: setup-test ## Everything that can be tested, the browser included
	@mkdir -p var/pytest && rm -f var/pytest/*.failed && touch var/pytest/check.failed var/pytest/model.failed
	@$(MAKE) --no-print-directory -k -j4 LATER=1 test-rest test-server check test-postgres || $(MAKE) --no-print-directory test-again

model: # the databases and the model, where something they are made from has changed
	@$(PYTHON) -m bot prepare
	@rm -f var/pytest/model.failed

test-server:
	@$(call tests,$(PYTHON) -m pytest -m "not browser and not model",server)

test-postgres: # those that open a store, on PostgreSQL
	@$(call tests,TEST_STORE=postgresql $(PYTHON) -m pytest -m "not browser and not model and not slow",postgres)

test-again: # what failed beside other lanes; a lane that broke off without a failed test stays failed, as do these two
	@[ ! -e var/pytest/check.failed ] && [ ! -e var/pytest/model.failed ] && ls var/pytest/*.failed >/dev/null
	@for lane in server postgres rasa browser; do [ ! -e var/pytest/$$lane.failed ] || $(MAKE) --no-print-directory AGAIN=1 test-$$lane || exit 1; done

test-rest: model # one after the other
	@$(MAKE) --no-print-directory test-rasa; rasa=$$?; $(MAKE) --no-print-directory test-browser && exit $$rasa

test-rasa: model
	@$(call tests,$(RASA_QUIET) $(RASA_PYTHON) -m pytest -c tests/dialogue/pytest.ini --rootdir=. --confcutdir=tests/dialogue tests/dialogue,rasa)

test-browser: model
	@$(call tests,$(PYTHON) -m pytest -m "browser or model",browser)

check: ## ruff, mypy --strict, and the arrows between folders
	@$(PYTHON) -m ruff check bot actions tests scripts benchmarks
	@$(PYTHON) -m mypy bot actions
	@$(RASA_PYTHON) -m mypy --config-file scripts/mypy-dialogue.ini bot/dialogue bot/contracts bot/errors.py
	@.venv/bin/lint-imports --no-logo
	@rm -f var/pytest/check.failed

fuzz-api: setup-test ## The console's API, called rightly and wrongly by Schemathesis as its document says (EXAMPLES=300 of each call)
	@EXAMPLES=$(or $(EXAMPLES),100) $(PYTHON) -m pytest -q tests/console/test_api_document.py

contract: setup-test ## The contract of commerce engines, played against one (ENGINE=demo, vendure, shopify, woocommerce, adobe, bigcommerce, medusa)
	@CONTRACT_ENGINE=$(or $(ENGINE),demo) $(PYTHON) -m tests.contracts.run $(or $(ENGINE),demo)

faults: setup-test ## Orders and cancellations while calls to the shop fail (ENGINE=vendure JOBS= SHARE= SEED=)
	@$(PYTHON) -m benchmarks.faults $(or $(ENGINE),vendure) --jobs $(or $(JOBS),100) --share $(or $(SHARE),0.25) --seed $(or $(SEED),1)

bench: setup-test $(if $(filter decide,$(ONLY)),setup-peers) ## Measure (ONLY=start, turns, ingest, profile, segments, merging, webhooks, decide, decide-http, plan, dispatch, nudge-latency, size-advice, commerce, console, recommend)
	@$(if $(filter recommend,$(ONLY)),OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1) $(PYTHON) -m benchmarks.$(subst -,_,$(or $(ONLY),start))

crash: setup-test ## kill -9 at random points of ingest and of merging, TIMES= each (200; ONLY=file,http,merge)
	@TIMES=$(or $(TIMES),200) $(PYTHON) -m benchmarks.crash

simulate: setup-test ## Nothing wrong ever leaves: so many simulated customer-days (DAYS= SEED= STORE=postgresql JOBS= MOST_SECONDS= OUT=file)
	@$(PYTHON) -m benchmarks.simulate --days $(or $(DAYS),200000) --seed $(or $(SEED),1) --store $(or $(STORE),server) $(if $(JOBS),--jobs $(JOBS)) $(if $(MOST_SECONDS),--seconds $(MOST_SECONDS)) $(if $(OUT),--out $(OUT))

evaluate-nlu: setup model ## How well messages are understood (DATA=file.jsonl OUT=folder BASELINE=1 EPOCHS=100)
	@$(RASA_QUIET) $(RASA_PYTHON) -m bot.dialogue.evaluation.nlu $(or $(DATA),tests/dialogue/heldout.jsonl) $(if $(OUT),--out $(OUT)) $(if $(filter 1,$(BASELINE)),--baseline --epochs $(or $(EPOCHS),100))

evaluate-nlu-public: setup ## The classifier on banking77 and hwu64 (DATA=folder that holds both)
	@$(RASA_QUIET) $(RASA_PYTHON) -m bot.dialogue.evaluation.public $(or $(DATA),../shared/data)

evaluate-service: setup model ## Service work on tau-bench's shop (STATE=folder TASKS=file N= REPEAT= OUT=folder)
	@$(PYTHON) -m benchmarks.service $(or $(STATE),../shared/data/tau_retail) $(or $(TASKS),../shared/data/tau_retail/tau1_tasks_train.json.gz) $(if $(N),--n $(N)) $(if $(REPEAT),--repeat $(REPEAT)) $(if $(OUT),--out $(OUT))

evaluate-decisions: setup-test setup-peers ## Policies on logged decisions, and learning where the truth is known (DATA=file.csv SEEDS=)
	@OPENBLAS_NUM_THREADS=1 $(PYTHON) -m benchmarks.decisions $(DATA)

evaluate-identity: setup-bench ## How well records are told to be one person's (DATA=file.parquet TRUTH=column N=)
	@OPENBLAS_NUM_THREADS=1 $(PYTHON) -m benchmarks.identity $(if $(DATA),$(DATA) $(or $(TRUTH),cluster)) $(if $(N),--n $(N))

evaluate-recommender: setup-bench ## What the next basket holds, ours beside ten peers (DATA=file.parquet DATES="..." OUT=folder JOBS=)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PYTHON) -m benchmarks.recommender $(DATA) $(if $(DATES),--dates $(DATES)) $(if $(OUT),--out $(OUT)) --jobs $(or $(JOBS),1)

evaluate-sessions: setup-bench ## How a basket goes on of which half is known, ours beside five peers (DATA=file.parquet DATES="...")
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PYTHON) -m benchmarks.recommender.sessions $(DATA) $(if $(DATES),--dates $(DATES))

evaluate-new-products: setup-bench ## To whom what nobody bought yet suits, by its name (DATA=file.parquet DATES="...")
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PYTHON) -m benchmarks.new_products $(DATA) $(if $(DATES),--dates $(DATES))

evaluate-search: setup-test ## What is found for the judged queries, beside FTS5 (DATA=file.jsonl HALF=dev or held_out)
	@OMP_NUM_THREADS=1 $(PYTHON) -m benchmarks.search $(DATA) $(if $(HALF),--half $(HALF))

setup-peers-uplift: # an environment of their own for these two
	@scripts/setup.sh peers uplift

evaluate-uplift: setup-peers-uplift ## Whom to nudge, on randomised sends (DATA=file.csv with treatment, outcome; N= OUT=folder)
	@OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(PEERS_UPLIFT) -m benchmarks.uplift $(DATA) $(if $(N),--n $(N)) $(if $(OUT),--out $(OUT))

evaluate-timing: setup-peers-uplift ## When to nudge: who will buy in this session (DATA=file.csv.gz)
	@OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(PEERS_UPLIFT) -m benchmarks.timing $(DATA) $(if $(N),--n $(N))

evaluate-assistant: setup ## What the team's assistant proposes in shops whose truth is known (WORLDS=)
	@OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(PYTHON) -m benchmarks.assistant $(if $(WORLDS),--worlds $(WORLDS))

evaluate-tryon: setup-test ## Try-on on photos of persons (DATA=folder OUT=folder for a sheet of pictures)
	@$(PYTHON) -m benchmarks.try_on $(DATA) $(if $(OUT),--out $(OUT))

tune-requests: setup # the weights that tell two requests from one (DATA="files", never trained on)
	@$(RASA_QUIET) $(RASA_PYTHON) -m bot.dialogue.evaluation.tune_requests $(or $(DATA),$(wildcard tests/dialogue/*.jsonl))

locks: ## Compile requirements/ anew from pyproject.toml (needs uv)
	@scripts/compile-requirements.sh

clean: ## Forget the demo's data, model and secrets (environments stay)
	@rm -rf var
