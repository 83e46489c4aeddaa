"""The limits of a server: in one place, set by the environment, and holding for runs and for memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from seg.data.dataset import Dataset
from seg.serve import limits, trainings
from seg.serve.errors import BusyError
from seg.training.recipe import Recipe
from seg.training.runs import create_run
from tests.narrow import environment
from tests.owners import OWNER

ROOT = Path(__file__).resolve().parents[2]


def limits_of(**variables: str) -> dict[str, list]:
    """Value and wrong setting of each limit, by its variable, in a server with this environment."""
    code = "import json; from seg.serve.limits import LIMITS as all\n"
    code += "print(json.dumps({limit.variable: [limit.value, limit.wrong] for limit in all}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**environment(), **variables}, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_limit_is_set_by_its_variable_and_a_wrong_one_leaves_the_default():
    usual = limits_of()
    changed = limits_of(SEG_PHOTO_MEGABYTES="64", SEG_VISITOR_PHOTOS=" 7 ", SEG_MOST_RUNS="many", SEG_REQUESTS="0")
    assert changed["SEG_PHOTO_MEGABYTES"] == [64, None] and changed["SEG_VISITOR_PHOTOS"] == [7, None]
    assert changed["SEG_MOST_RUNS"] == [usual["SEG_MOST_RUNS"][0], "many"]
    assert changed["SEG_REQUESTS"] == [usual["SEG_REQUESTS"][0], "0"]
    assert limits_of(SEG_PHOTO_MEGABYTES="65")["SEG_PHOTO_MEGABYTES"] == [50, "65"], "more than Streamlit lets through"


def test_each_limit_has_a_variable_that_the_readme_names():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    variables = [limit.variable for limit in limits.LIMITS]
    assert len(set(variables)) == len(variables)
    assert [variable for variable in variables if f"`{variable}`" not in text] == []


def test_streamlit_lets_through_what_is_answered_in_the_visitors_language():
    import tomllib

    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["maxUploadSize"] == limits.SENT_MEGABYTES


def test_all_caches_of_results_share_one_number_of_bytes():
    assert sum(limits.MEMORY_SHARES.values()) == pytest.approx(1)
    kinds = [kind for kind in limits.MEMORY_SHARES for _ in uses_of(f'memory_for("{kind}")')]
    assert sorted(kinds) == sorted(limits.MEMORY_SHARES), "each share has one cache"
    assert uses_of("st.cache_data") == uses_of("st.cache_resource") == [], "they count entries, not bytes"


def uses_of(words: str) -> list[str]:
    """The modules of the program that have these words outside a comment or a docstring."""
    lines = {path: path.read_text(encoding="utf-8").splitlines() for path in (ROOT / "seg").rglob("*.py")}
    return [path.name for path, rows in lines.items() for row in rows if words in row and "``" not in row]


@pytest.mark.parametrize(("name", "said"), [("MOST_RUNS", "keeps at most 1 run:"), ("RUNS_GIGABYTES", "0 GB of disk")])
def test_where_runs_are_many_or_large_no_page_starts_another(small_dataset, tmp_path, monkeypatch, name, said):
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(trainings, "start_process", lambda run: pytest.fail("a training was started"))
    monkeypatch.setattr(limits, name, 1 if name == "MOST_RUNS" else 0)
    dataset = Dataset.open(small_dataset())
    create_run(Recipe.named("demo"), dataset.root, "pets", tmp_path / "runs")
    with pytest.raises(BusyError, match=said):
        trainings.start(OWNER, Recipe.named("demo"), dataset)
