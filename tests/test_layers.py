"""Imports point one way: a module uses only what lies below it. A new module must be placed here."""

import ast
from pathlib import Path

import budgetanalyser

PACKAGE = Path(budgetanalyser.__file__).parent

# From the top down; a module may import from its own layer and from those after it.
LAYERS = [
    {"__main__", "cli"},
    {"authoring", "arguments"},
    {"engine"},
    {"report"},
    {"prisniveau", "bevilling", "borgersamling", "deltagerbudget", "kontoplan", "opfoelgning"},
    {"kilder", "statistik", "raekker"},
    {"workspace", "tomlfil", "tomltekst"},
    {"dansk"},
    {"kroner"},
    {"errors"},
]
DOMAIN = {"prisniveau", "bevilling", "borgersamling", "deltagerbudget", "kontoplan", "opfoelgning"}
# The package's own door opens authoring and the parameter types, each only when asked.
DOOR = "__init__"


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "budgetanalyser":
            parts = node.module.split(".")[1:]
            found |= {parts[0]} if parts else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("budgetanalyser.")}
    return found


def test_every_module_has_a_place_and_imports_only_downwards():
    depth = {name: level for level, names in enumerate(LAYERS) for name in names}
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        part = part_of(path)
        if part == DOOR:
            continue
        assert part in depth, f"{part} has no layer"
        wrong += [f"{path.relative_to(PACKAGE)} imports {name}" for name in imported(path) if depth[name] < depth[part]]

    assert wrong == []


def test_domain_modules_neither_print_nor_plot_nor_open_files():
    forbidden = {"print", "open", "input"}
    domain = [path for path in PACKAGE.rglob("*.py") if part_of(path) in DOMAIN]
    used = [
        f"{path.name}: {node.func.id}"
        for path in domain
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in forbidden
    ]

    assert len(domain) >= 5
    assert used == []
    assert not [path for path in domain if "matplotlib" in path.read_text(encoding="utf-8")]
