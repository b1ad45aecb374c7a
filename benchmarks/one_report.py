"""Time one report, cold, beside what it cannot be faster than and beside the usual tools, in one run.

    python benchmarks/one_report.py [runs]

Each figure is a median over whole processes, taken in turn, so that a drifting machine hits all alike:

- floor: one process that imports pandas, matplotlib and papermill and starts one kernel;
- ours: `budgetanalyser run` from TOML to PDF;
- peer: `papermill` on the same notebook, then `jupyter nbconvert --to html`.

The last lines time the PDF step alone (document JSON to PDF) on a report of at least ten pages.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
ANALYSIS = "2023/velfaerdsborgersamling"
FLOOR = """
import pandas, matplotlib, papermill
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel()
client.stop_channels()
manager.shutdown_kernel(now=True)
"""


def seconds(*command: object, cwd: Path) -> float:
    """Run a command to its end and return its wall time in seconds."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, *map(str, command)], cwd=cwd, check=True, capture_output=True)
    return time.perf_counter() - begun


def peer(root: Path) -> float:
    """Run papermill and nbconvert to HTML on the same notebook, in the workspace `root`."""
    out = root / "peer.ipynb"
    run = seconds("-m", "papermill", root / "notebooks/borgerinddragelse.ipynb", out, cwd=root)
    return run + seconds("-m", "nbconvert", "--to", "html", out, cwd=root)


def ten_pages(root: Path) -> str:
    """Return the JSON of the report's document with its blocks repeated to at least ten pages."""
    import nbformat

    from budgetanalyser.report import document as doc
    from budgetanalyser.report.assemble import assemble

    made = assemble(nbformat.read(root / f"reports/{ANALYSIS}.ipynb", as_version=4), "report")
    blocks: list[doc.Block] = []
    for copy in range(3):
        for block in made.blocks:
            number = {"number": block.number + 10 * copy} if isinstance(block, doc.Table | doc.Figure) else {}
            blocks.append(block.model_copy(update=number))
    return made.model_copy(update={"blocks": blocks}).model_dump_json()


PDF_STEP = """
import sys, time
from budgetanalyser.report.document import Document
from budgetanalyser.report.pdf import render
import typst
text = sys.stdin.read()
begun = time.perf_counter()
pdf = render(Document.model_validate_json(text))
taken = time.perf_counter() - begun
import io, pikepdf
print(taken, len(pikepdf.open(io.BytesIO(pdf)).pages))
"""


def main(runs: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("analyses", "notebooks", "data/raw"):
            shutil.copytree(ROOT / name, root / name)
        measured: dict[str, list[float]] = {"floor": [], "ours": [], "peer": []}
        for _ in range(runs + 1):
            measured["floor"].append(seconds("-c", FLOOR, cwd=root))
            measured["ours"].append(seconds("-m", "budgetanalyser", "run", ANALYSIS, cwd=root))
            measured["peer"].append(peer(root))
        # The first round warms the disk cache and is not counted.
        median = {name: statistics.median(times[1:]) for name, times in measured.items()}
        step = []
        for _ in range(runs + 1):
            done = subprocess.run(
                [sys.executable, "-c", PDF_STEP], input=ten_pages(root), capture_output=True, text=True, check=True
            )
            taken, pages = done.stdout.split()
            step.append(float(taken))
    print(f"median of {runs} cold runs, seconds")
    print(f"  floor (imports + kernel start)  {median['floor']:.2f}")
    print(f"  ours  (TOML to PDF)             {median['ours']:.2f}   {median['ours'] / median['floor']:.2f} x floor")
    print(
        f"  peer  (papermill + HTML)        {median['peer']:.2f}   ours is {median['ours'] / median['peer']:.2f} x peer"
    )
    print(f"  PDF step, {pages} pages              {statistics.median(step[1:]):.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
