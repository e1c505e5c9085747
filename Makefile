# What can be done here: `make` lists it. Needs make, Python 3.10+ and Node.js 18+, nothing else.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
INSTALLED := $(VENV)/installed
MICROPYTHON_THERE := boards/node_modules/installed
PYRIGHT_THERE := packaging/pyright/node_modules/installed
# What is installed is pinned, with its hash: packaging/requirements, which `make pins` writes from pyproject.toml.
PINS := packaging/requirements
PINNED := -m pip install --quiet --disable-pip-version-check --require-hashes -r $(PINS)
EXTRAS := dev cli labels dist docs pins
JOBS ?= 6
MINUTES ?= 10
SEED ?= 1
differential: COUNT ?= 1000000
COUNT ?= 400000
EXAMPLES ?= 100

# The import names of the folders, for mypy: it does not see what `pip install -e` maps.
NAMES := $(VENV)/names
PACKAGES := -p codegen -p tencent_at -p tencent_at_emulator $(if $(wildcard cli),-p tencent_at_cli)
TYPED := $(wildcard tests/*.py tests/*/*.py boards/*.py bench/*.py pages/*.py examples/demo.py examples/tap.py)

.DEFAULT_GOAL := help
# bench is a folder, too.
.PHONY: help bench bench-board demo docs pictures screenshots test check pyright generate size mpy flash fuzz differential hostile echoes model lint format dist pins clean
.DELETE_ON_ERROR:

help: ## List what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s%s\n", $$1, $$2}' Makefile

demo: $(INSTALLED) $(MICROPYTHON_THERE) ## The main job on both runtimes, in a minute
	$(PY) examples/demo.py

test: check $(MICROPYTHON_THERE) $(PYRIGHT_THERE) ## check, and all tests, on MicroPython too
	$(PY) -m pytest -n $(JOBS)

check: lint ## No drift under generated/, clean, formatted, typed, every room in its place
	$(PY) -m codegen --check
	$(PY) -m pytest -q tests/test_architecture.py tests/architecture

lint: $(INSTALLED) ## ruff, black and mypy
	$(PY) -m ruff check .
	$(PY) -m black --quiet --check --diff .
	$(PY) -m mypy $(PACKAGES)
	$(PY) -m mypy $(TYPED)

format: $(INSTALLED) ## Let black and ruff put the files in order
	$(PY) -m ruff check --fix .
	$(PY) -m black --quiet .

pyright: $(INSTALLED) $(PYRIGHT_THERE) ## A second judge of the types, the driver's own files; the tests have it judge a wheel
	$$($(PY) -c "from boards import runtimes; print(runtimes.node())") packaging/pyright/node_modules/pyright/index.js --pythonpath $(PY)

generate: $(INSTALLED) ## Render generated/ anew from spec/, runtime/ and codegen/templates/
	$(PY) -m codegen

fuzz: $(INSTALLED) ## Damaged dialogues against the driver, on and on: MINUTES=10 SEED=1
	$(PY) -m tests.fuzz --minutes $(MINUTES) --seed $(SEED)

faults: $(INSTALLED) ## The wire cut, the port closed, a restart, a cancelled call behind every byte: docs/faults.md
	$(PY) -m tests.fuzz.table --write

hostile: $(INSTALLED) $(MICROPYTHON_THERE) ## Every hostile value into every argument: drivers, boards, commands
	HOSTILE_STEP=1 $(PY) -m pytest -q tests/hostile tests/cli/test_hostile.py

echoes: $(INSTALLED) ## Damaged echoes of secrets against the trace: COUNT=400000 SEED=1
	$(PY) -m tests.echoes --count $(COUNT) --seed $(SEED)

model: $(INSTALLED) ## Driver, emulator and a model of both, in any order of things: EXAMPLES=100
	EXAMPLES=$(EXAMPLES) $(PY) -m pytest -q tests/model

differential: $(INSTALLED) ## Damaged exchanges through the link and its text before, differences explained: COUNT=1000000 SEED=1
	$(PY) -m tests.differential --count $(COUNT) --seed $(SEED)

bench: $(INSTALLED) $(MICROPYTHON_THERE) ## Every bench beside the text before and its limits, and docs/benchmarks.md anew; some minutes
	$(PY) bench/everything.py

bench-board: $(INSTALLED) $(MICROPYTHON_THERE) ## What a Pico would take, predicted, beside what was measured there
	$(PY) bench/board.py

size: $(INSTALLED) $(MICROPYTHON_THERE) ## What the board driver costs, in bytes
	$(PY) bench/size.py

mpy: $(INSTALLED) ## The board driver compiled, for mip and ROMFS, into build/mpy; REVISION=V3.2.1 for another
	$(PY) boards/mpy.py build/mpy $(REVISION)

flash: $(INSTALLED) ## The board driver onto the board at PORT=…, checked
	$(PY) boards/flash.py $(PORT)

dist: $(INSTALLED) ## Two wheels, the same bytes wherever they are built, the board packages, checksums and a bill of materials
	rm -rf dist
	$(PY) boards/mpy.py dist/mpy
	cp LICENSE dist/mpy/LICENSE
	$(PY) packaging/wheels.py dist
	$(PY) $(PINNED)/dist.txt
	$(PY) packaging/sbom.py dist

pins: $(INSTALLED) ## Pin anew what pyproject.toml asks for; UPGRADE=--upgrade takes the newest of all
	$(PY) $(PINNED)/pins.txt
	@for extra in $(EXTRAS); do echo "$(PINS)/$$extra.txt"; \
	    $(PY) -m uv pip compile --quiet --universal --generate-hashes --python-version 3.10 $(UPGRADE) \
	        --custom-compile-command 'make pins' --extra $$extra -c $(PINS)/dev.txt \
	        pyproject.toml -o $(PINS)/$$extra.txt || exit 1; done

docs: $(INSTALLED) ## The pages as a site, into build/docs/site; needs Python 3.11
	$(PY) $(PINNED)/docs.txt
	$(PY) -m pages.site

pictures: $(INSTALLED) $(MICROPYTHON_THERE) ## Record the demo and draw all pictures anew, into docs/pictures
	$(PY) -m pages.pictures --record

screenshots: docs ## The site at 400 and 1,280 pixels, light and dark, into build/docs/screens; needs a chromium
	$(PY) -m pages.screens

clean: ## Remove everything that was made here
	rm -rf $(VENV) .micropython boards/node_modules packaging/pyright/node_modules build dist *.egg-info packaging/*/build packaging/*/*.egg-info
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml setup.py $(PINS)/dev.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 10) or sys.exit(1)' || { \
	    echo 'Python 3.10 or later is needed: make PYTHON=/path/to/python3'; exit 1; }
	@$(PY) -m pip --version >/dev/null 2>&1 || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV); } || { \
	    echo 'Python has no venv here: install it (Debian: apt install python3-venv)'; exit 1; }
	$(PY) $(PINNED)/dev.txt
	@rm -rf tencent_at.egg-info # an older one would hide the entry points
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@mkdir -p $(NAMES)
	@ln -sfn ../../generated/cpython/tencent_at $(NAMES)/tencent_at
	@ln -sfn ../../emulator $(NAMES)/tencent_at_emulator
	@ln -sfn ../../cli $(NAMES)/tencent_at_cli
	@touch $@

# Left unmade where only the unix port is missing, so that the next run tries again and says so.
$(MICROPYTHON_THERE): $(INSTALLED) boards/package-lock.json boards/install-unix-port.sh
	@$(PY) -m boards.install $@

$(PYRIGHT_THERE): $(INSTALLED) packaging/pyright/package-lock.json
	@$(PY) -m boards.npm packaging/pyright $@
