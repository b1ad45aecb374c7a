"""The papermill engine: runs a notebook's cells in our own interpreter, within time limits, and saves once.

Registered under `papermill.engine` as "budgetanalyser". It differs from papermill's own in four ways: it stops at the
first failing cell and says which, it limits the time of each cell and of the whole, it does not ask the kernel anything
after the last cell (which can hang), and it never saves half-way.
"""

from __future__ import annotations

import math
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from papermill.engines import Engine

from budgetanalyser.engine.leftovers import own_prefix, sweep

NAME = "budgetanalyser"
PREFIX = "ba-"
_LONGEST_SOCKET_FOLDER = 90  # A socket's path may hold 107 bytes.


class Failure(Exception):
    """A cell could not be run.

    Attributes:
        index: Which cell, from 0.
        why: "fejl", "celletid", "rapporttid" or "kernedød".
        notebook: The notebook as far as it got.
        name, value: The exception's, for "fejl".
        own: The exception is one of ours, whose text is written for people.
    """

    def __init__(
        self, index: int, why: str, notebook: Any, *, name: str = "", value: str = "", own: bool = False
    ) -> None:
        self.index = index
        self.why = why
        self.notebook = notebook
        self.name = name
        self.value = value
        self.own = own
        super().__init__(f"celle {index + 1}: {why} {name} {value}".rstrip())


class OwnKernelManager(AsyncKernelManager):
    """Starts the kernel with the interpreter that runs us, whatever kernels the user has installed elsewhere."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """The kernel of this very environment."""
        return KernelSpec(**get_kernel_dict())


class BudgetanalyserEngine(Engine):  # type: ignore[misc]
    """See the module."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        total_timeout: int | None = None,
        on_cell: Any = None,
        cwd: str | None = None,
        **_unused: Any,
    ) -> None:
        """Run all cells of `nb_man.nb`.

        Args:
            nb_man: papermill's manager of the notebook.
            kernel_name: Ignored; see `OwnKernelManager`.
            start_timeout: Seconds the kernel may take to answer.
            execution_timeout: Seconds a cell may take; unlimited when None.
            total_timeout: Seconds all cells together may take; unlimited when None.
            on_cell: Called with (index, count) before each cell.
            cwd: The kernel's folder.

        Raises:
            Failure: A cell failed, took too long or lost its kernel.
        """
        deadline = time.monotonic() + total_timeout if total_timeout else None
        sweep(Path(tempfile.gettempdir()), PREFIX)
        with tempfile.TemporaryDirectory(prefix=own_prefix(PREFIX), ignore_cleanup_errors=True) as folder:
            client = _client(nb_man.nb, folder, start_timeout, cwd or os.getcwd())
            # An empty folder of its own: the user's startup files and settings must not reach the report.
            environment = {**os.environ, "IPYTHONDIR": os.path.join(folder, "ipython")}
            # What a kernel says on its way down is English and of no use; errors come through its own channel.
            with client.setup_kernel(env=environment, stderr=subprocess.DEVNULL):
                for index, cell in enumerate(nb_man.nb.cells):
                    if on_cell:
                        on_cell(index, len(nb_man.nb.cells))
                    _run_cell(client, nb_man, cell, index, execution_timeout, deadline)


def _client(notebook: Any, folder: str, start_timeout: int, cwd: str) -> NotebookClient:
    client = NotebookClient(
        notebook,
        kernel_manager_class=OwnKernelManager,
        startup_timeout=start_timeout,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": cwd}},
    )
    manager = client.create_kernel_manager()
    manager.connection_file = os.path.join(folder, "kernel.json")
    if os.name == "posix" and len(folder) <= _LONGEST_SOCKET_FOLDER:
        # Files instead of ports: nobody else on the machine can connect, and two starts cannot race for a port.
        manager.transport, manager.ip = "ipc", os.path.join(folder, "k")
    return client


def _run_cell(
    client: NotebookClient, nb_man: Any, cell: Any, index: int, limit: int | None, deadline: float | None
) -> None:
    left = None if deadline is None else math.ceil(deadline - time.monotonic())
    if left is not None and left <= 0:
        raise Failure(index, "rapporttid", nb_man.nb)
    client.timeout = min((seconds for seconds in (limit, left) if seconds), default=None)
    nb_man.cell_start(cell, index)
    try:
        client.execute_cell(cell, index)
    except CellExecutionError as error:
        nb_man.cell_exception(cell, index)
        own = "Traceback" not in error.traceback and "\x1b[" not in error.traceback
        raise Failure(index, "fejl", nb_man.nb, name=error.ename, value=error.evalue, own=own) from None
    except CellTimeoutError:
        nb_man.cell_exception(cell, index)
        why = "celletid" if left is None or (limit and limit <= left) else "rapporttid"
        raise Failure(index, why, nb_man.nb) from None
    except DeadKernelError:
        nb_man.cell_exception(cell, index)
        raise Failure(index, "kernedød", nb_man.nb) from None
    finally:
        nb_man.cell_complete(cell, cell_index=index)
