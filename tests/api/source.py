"""Public names as their source has them: read from its text, so that nothing is imported."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from seg.public import MEMBERS, PAGES

ROOT = Path(__file__).resolve().parents[2]
PROMPT = ">>> "
WIDEST = 100  # letters of a signature in one line
LONGEST_VALUE = 120  # letters of a constant's value that is still shown
Node = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Definition:
    """A function, a class or a member of a class; ``name``: as it is imported, such as ``seg.Segmenter.load``."""

    name: str
    file: Path
    node: Node

    @property
    def short_name(self) -> str:
        """Without the module: ``Segmenter.load``."""
        return self.name.removeprefix(f"{self.module}.")

    @property
    def module(self) -> str:
        """Where it is imported from."""
        parts = self.name.split(".")
        return ".".join(parts[: -2 if self.is_member else -1])

    @property
    def is_member(self) -> bool:
        return self.name not in NAMES

    @property
    def is_property(self) -> bool:
        kinds = {ast.unparse(decorator) for decorator in self.node.decorator_list}
        return bool(kinds & {"property", "cached_property"})

    @property
    def docstring(self) -> str:
        return inspect.cleandoc(ast.get_docstring(self.node) or "")

    @property
    def prose(self) -> str:
        """The docstring without its examples."""
        return "\n\n".join(part for part in self.docstring.split("\n\n") if not part.startswith(PROMPT))

    @property
    def example(self) -> str:
        return "\n\n".join(part for part in self.docstring.split("\n\n") if part.startswith(PROMPT))

    def members(self) -> list[Definition]:
        """The public members of a class that have a docstring, in the order of the source."""
        chosen = MEMBERS.get(self.name)
        return [
            Definition(f"{self.name}.{node.name}", self.file, node)
            for node in (self.node.body if isinstance(self.node, ast.ClassDef) else ())
            if isinstance(node, ast.FunctionDef)
            and (node.name == "__call__" or not node.name.startswith("_"))
            and (node.name in chosen if chosen else ast.get_docstring(node))
        ]

    def signature(self) -> str:
        """How it is called, or for a class of fields their lines, with the comments that explain them."""
        if isinstance(self.node, ast.FunctionDef):
            return self._call(self.node, self.short_name)
        for node in self.node.body:
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                return self._call(node, self.short_name)
        fields = [node for node in self.node.body if isinstance(node, ast.AnnAssign) and not _is_private(node.target)]
        if not fields:
            return ""
        # A comment above the first field begins right after the docstring.
        first = (self.node.body[0].end_lineno or 0) if self.docstring else fields[0].lineno - 1
        lines = _lines(self.file)[first : fields[-1].end_lineno]
        return f"class {self.short_name}:\n" + "\n".join(lines).strip("\n")

    def constants(self) -> dict[str, str]:
        """The constants and types that its signature and its prose name, with what each stands for."""
        values: dict[str, str] = {}
        texts = [(self.file, text) for text in (self.signature(), *re.findall(r"``(.+?)``", self.prose))]
        while texts:
            file, text = texts.pop(0)
            for name in re.findall(r"(?<![\w.\"])[A-Z]\w+", text):
                if name not in values and (found := _value(file, name)):
                    values[name] = found[1]
                    texts.append(found)
        return values

    def _call(self, node: ast.FunctionDef, name: str) -> str:
        if self.is_property:
            return name + (f": {self._text(node.returns)}" if node.returns else "")
        arguments = self._arguments(node.args)
        returns = f" -> {self._text(node.returns)}" if node.returns and node.name != "__init__" else ""
        if "contextmanager" in map(ast.unparse, node.decorator_list):
            returns = returns.replace("Iterator[", "AbstractContextManager[")
        line = f"{name}({', '.join(arguments)}){returns}"
        if len(line) <= WIDEST:
            return line
        return f"{name}(\n" + "".join(f"    {argument},\n" for argument in arguments) + f"){returns}"

    def _arguments(self, given: ast.arguments) -> list[str]:
        """Each with its type and its default; without ``self`` and ``cls``."""
        positional = [*given.posonlyargs, *given.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(given.defaults)) + [*given.defaults]
        texts = [self._argument(arg, default) for arg, default in zip(positional, defaults, strict=True)]
        if positional and positional[0].arg in ("self", "cls"):
            del texts[0]
        if given.vararg:
            texts.append(f"*{self._argument(given.vararg, None)}")
        elif given.kwonlyargs:
            texts.append("*")
        texts += [
            self._argument(arg, default) for arg, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
        ]
        return [*texts, f"**{self._argument(given.kwarg, None)}"] if given.kwarg else texts

    def _argument(self, argument: ast.arg, default: ast.expr | None) -> str:
        text = argument.arg + (f": {self._text(argument.annotation)}" if argument.annotation else "")
        equals = " = " if argument.annotation else "="
        return text if default is None else f"{text}{equals}{self._text(default)}"

    def _text(self, node: ast.expr) -> str:
        return _text(self.file, node)


def _text(file: Path, node: ast.expr) -> str:
    """An expression as it stands in the source, in one line."""
    lines = _lines(file)[node.lineno - 1 : node.end_lineno]
    lines[-1] = lines[-1].encode()[: node.end_col_offset].decode()  # ast counts in bytes
    lines[0] = lines[0].encode()[node.col_offset :].decode()
    return " ".join(line.strip() for line in lines)


def _value(file: Path, name: str) -> tuple[Path, str] | None:
    """Where a name that a module has is given its value, and the value; None where there is none, or a long one."""
    for node in _tree(file).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and ast.unparse(target) == name:
            text = _text(file, node.value)
            return (file, text) if len(text) <= LONGEST_VALUE and not text.startswith("TypeVar(") else None
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}:
            return _value(_file_of(node.module), name) if (node.module or "").startswith("seg.") else None
    return None


def _is_private(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id.startswith("_")


@cache
def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse("\n".join(_lines(file)))


@cache
def find(name: str) -> Definition:
    """The definition of a name, which may be imported from where it is not defined. Raises LookupError."""
    module, _, short_name = name.rpartition(".")
    file = _file_of(module)
    for node in ast.walk(_tree(file)):
        if isinstance(node, Node) and node.name == short_name and node.col_offset == 0:
            return Definition(name, file, node)
        if isinstance(node, ast.ImportFrom) and short_name in {alias.asname or alias.name for alias in node.names}:
            return Definition(name, *_place(find(f"{node.module}.{short_name}")))
    raise LookupError(name)


def _place(definition: Definition) -> tuple[Path, Node]:
    return definition.file, definition.node


def _file_of(module: str) -> Path:
    folder = ROOT.joinpath(*module.split("."))
    return folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")


def docstrings_with_examples() -> Iterator[tuple[str, Path, int, str]]:
    """Of all of ``seg``: what has the docstring, its file, the line it begins in, and the docstring."""
    for file in sorted((ROOT / "seg").rglob("*.py")):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        yield from _within(_tree(file), module, file)


def _within(node: ast.Module | Node, name: str, file: Path) -> Iterator[tuple[str, Path, int, str]]:
    docstring = ast.get_docstring(node, clean=False)
    if docstring and PROMPT in docstring:
        yield name, file, node.body[0].lineno - 1, docstring
    for child in node.body:
        if isinstance(child, Node):
            yield from _within(child, f"{name}.{child.name}", file)


NAMES = tuple(name for page in PAGES for names in page.names.values() for name in names)
