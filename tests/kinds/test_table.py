"""The tool that makes the table of kinds: what it does where an answer does not come."""

from __future__ import annotations

from pathlib import Path

from tests.kinds.table import Answer, answered


def test_a_file_that_is_waited_for_in_vain_is_named_and_the_others_are_answered(capsys):
    paths = [Path(f"{number}.jpg") for number in range(9)]

    def ask(asked):
        if paths[5] in asked:
            raise TimeoutError("the ZIP did not come\nCall log: ...")
        return {path: Answer(None, [path.name]) for path in asked}

    answers = answered(paths, ask, {path: f"kind of {path}" for path in paths})
    assert list(answers) == paths
    assert answers[paths[5]].verdict(None) == "**no answer**"
    assert all(answers[path].sentences == [path.name] for path in paths if path != paths[5])
    assert capsys.readouterr().err.splitlines()[-1] == "No answer (the ZIP did not come): kind of 5.jpg"
