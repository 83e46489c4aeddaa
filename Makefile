# make run: the app. make test: the tests; make test-slow: those that take minutes each. All do all the set-up on a machine that has Python 3.11+ and make.
PYTHON ?= python3
# In a container whose user has no home folder; Streamlit does not start without one.
export HOME ?= $(CURDIR)/$(VENV)
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: run test test-slow docs lint audit clean

run: $(VENV)/app
	$(BIN)/streamlit run streamlit_app.py

test: $(VENV)/dev
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-slow: $(VENV)/dev
	$(BIN)/python -m pytest -n 2 --dist loadfile -m slow

# docs/api, from the docstrings; a test fails where it was forgotten.
docs: $(VENV)/dev
	$(BIN)/python -m tests.api.pages docs/api

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml seg streamlit_app.py

# Known vulnerabilities of what is installed; needs a network, and says so where there is none.
audit: $(VENV)/dev
	$(BIN)/python .ci/audit.py

$(VENV)/app: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $@

$(VENV)/dev: $(VENV)/app tests/requirements.txt
	$(BIN)/python -m pip install --quiet -r tests/requirements.txt
	@touch $@

clean:
	rm -rf $(VENV)
