"""The arrows of the house: which room may import which, and what an import may cost."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BOTTOM = {"texts", "errors", "names", "files", "classes", "images", "colours", "cores", "memory"}
LOW = BOTTOM | {"photo", "pictures", "metrics"}
MIDDLE = LOW | {"data", "network"}
# What each room may import; a room of modules may import within itself, too.
ARROWS: dict[str, set[str]] = {
    "texts": set(),
    "public": set(),  # names, as text
    "errors": {"texts"},
    "names": set(),
    "files": {"names"},  # file systems compare and limit names in their way
    "colours": set(),
    "cores": set(),
    "memory": set(),
    "classes": {"errors", "colours"},
    "images": set(),
    "photo": BOTTOM,
    "pictures": BOTTOM,
    "metrics": BOTTOM,
    "data": LOW,
    "network": LOW,
    "inference": MIDDLE,
    "training": MIDDLE | {"inference"},
    "evaluation": MIDDLE | {"inference"},
    "clips": MIDDLE | {"inference"},
    "scale": MIDDLE | {"inference"},
    "article": MIDDLE | {"inference", "training", "evaluation"},
    "serve": MIDDLE | {"inference", "training", "evaluation"},
    "benchmark": MIDDLE | {"inference", "training", "evaluation", "article", "serve"},
    # "serve": doctor shows who owns a server, and its limits.
    "commands": MIDDLE | {"inference", "training", "evaluation", "article", "serve", "benchmark", "clips", "scale"},
    "ui": MIDDLE | {"inference", "training", "evaluation", "article", "serve"},
    "__main__": {"commands"},
}


def module_of(path: Path) -> str:
    """seg/data/dataset.py -> seg.data.dataset"""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(source: str, module: str = "seg.somewhere", is_package: bool = False) -> set[str]:
    """All that a module imports, at its top or within a function, for types or for real, by absolute name."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                here = module.split(".")
                above = here[: len(here) - node.level + is_package]
                base = ".".join([*above, *([base] if base else [])])
            names |= {f"{base}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "import_module":
            names |= {arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
    return names


def room_of(module: str) -> str | None:
    """seg.data.dataset -> data; None for other packages, and for seg itself."""
    parts = module.split(".")
    return parts[1] if parts[0] == "seg" and len(parts) > 1 else None


MODULES = {
    module_of(path): imports_of(path.read_text(encoding="utf-8"), module_of(path), path.name == "__init__.py")
    for path in sorted((ROOT / "seg").rglob("*.py"))
}


def test_every_module_stands_in_a_room_of_the_house():
    assert {room_of(module) for module in MODULES} - {None} == set(ARROWS)


@pytest.mark.parametrize("module", [module for module in MODULES if room_of(module)])
def test_every_arrow_between_rooms_is_one_that_the_house_has(module: str):
    room = room_of(module) or ""
    # A name of seg itself that is no room, such as Segmenter, stands for all rooms.
    imported = {name for name in MODULES[module] if (other := room_of(name)) and other not in ARROWS[room] | {room}}
    assert not imported, f"{module} imports {', '.join(sorted(imported))}"


def test_only_the_pages_import_streamlit_and_what_measures_them():
    with_streamlit = {module for module, names in MODULES.items() if {n.split(".")[0] for n in names} & {"streamlit"}}
    assert with_streamlit, "the pages import it: has this test gone blind?"
    # Visits without a browser speak Streamlit's protocol.
    assert {room_of(module) for module in with_streamlit - {"seg.benchmark.sessions"}} == {"ui"}


@pytest.mark.parametrize(
    ("source", "imported"),
    [
        ("import seg.ui.shared.parts", "seg.ui.shared.parts"),
        ("def f():\n    from seg.training import train", "seg.training.train"),
        ("from seg import pictures", "seg.pictures"),
        ("from ..training.runs import Run", "seg.training.runs.Run"),
        ("from . import runs", "seg.data.runs"),
        ("import_module('seg.ui.train.page')", "seg.ui.train.page"),
        ("importlib.import_module('seg.ui.train.page')", "seg.ui.train.page"),
    ],
)
def test_no_way_to_import_is_overlooked(source: str, imported: str):
    assert imported in imports_of(source, "seg.data.dataset")


HEAVY = ("tensorflow", "keras", "streamlit", "openvino", "matplotlib")


def loaded_by(code: str) -> set[str]:
    """The heavy packages that a fresh interpreter has loaded once it has run ``code``."""
    report = f"{code}\nimport sys\nprint(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", report], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_importing_seg_loads_nothing_heavy():
    assert loaded_by("import seg; dir(seg); seg.__version__") == set()


def test_what_comes_before_the_first_tensor_loads_no_tensorflow():
    code = (
        "import seg.photo, seg.classes, seg.data.dataset, seg.data.statistics, seg.data.batches, seg.data.download\n"
        "import seg.network.weights, seg.network.device, seg.metrics, seg.training.runs\n"
        "from seg import Dataset, Recipe, Segmentation, Segmenter\n"
    )
    assert loaded_by(code) & {"tensorflow", "keras", "streamlit"} == set()


def test_seg_offers_what_a_script_uses():
    import seg

    assert set(seg.__all__) == {"Dataset", "Recipe", "Segmentation", "Segmenter", "evaluate", "train"}
    assert set(seg.__all__) <= set(dir(seg))
    for name in seg.__all__:
        assert callable(getattr(seg, name)), name
        assert getattr(seg, name).__name__ == name


def test_seg_says_so_when_it_has_no_such_name():
    import seg

    with pytest.raises(AttributeError, match="'segmentor'"):
        assert seg.segmentor


def test_what_is_installed_holds_every_package_and_every_file_that_is_no_program():
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    folders = {path.parent for path in (ROOT / "seg").rglob("*.py")}
    packages = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    folders_alone = {"seg.shipped_weights", "seg.ui.segment.samples", "seg.app"}
    assert set(about["packages"]) - folders_alone == packages
    installed = {
        path
        for package, patterns in about["package-data"].items()
        for pattern in patterns
        for path in (ROOT / about["package-dir"].get(package, package.replace(".", "/"))).glob(pattern)
    }
    others = {
        path for path in (ROOT / "seg").rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")
    } | set((ROOT / "weights").iterdir())
    assert others - installed == set()
