# `make run` starts the app for this machine, `make share` for everybody in the network, `make test`
# runs all checks and tests, `make texts` collects the texts for translation. All install what they need.

PYTHON ?= python3
PORT ?= 8501
BIN := .venv/bin

.PHONY: run share test check texts constraints clean

run: .venv/.app
	$(BIN)/streamlit run app.py --server.port $(PORT)

share: .venv/.app
	$(BIN)/python -m mnist_core share --port $(PORT)
	$(BIN)/streamlit run app.py --server.port $(PORT) --server.address 0.0.0.0

test: check .venv/.browser
	$(BIN)/python -m pytest

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/oxlint pages mnist_core tests
	$(BIN)/oxfmt --check pages mnist_core tests/javascript
	$(BIN)/mypy

# Each stamp is newer than the pins that it was installed from, so a second run installs nothing.
.venv/.app: requirements.txt constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/.dev: .venv/.app requirements-dev.txt requirements-servers.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

.venv/.browser: .venv/.dev
	$(BIN)/python -m tests.browser.install
	touch $@

constraints:
	@echo "# Everything that requirements*.txt pulls in, as it was tested: \`make constraints\` renews it." > constraints.new
	$(BIN)/python -m pip list --format=freeze | grep -v -i -E '^(pip|setuptools|wheel)==' >> constraints.new
	mv constraints.new constraints.txt

# Collects the messages of the code in the catalog of each language, for translation.
texts: .venv/.app
	mkdir -p build
	$(BIN)/pybabel --quiet extract -F pyproject.toml -k Text -k Plural:1,2 -c "Translators:" \
		--add-location=file --sort-by-file --width=100 --project=mnist_core \
		-o build/messages.pot app.py mnist_core pages
	$(BIN)/pybabel --quiet update -i build/messages.pot -d mnist_core/locale -D mnist_core \
		--no-fuzzy-matching --ignore-obsolete --width=100

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache
