"""Sweeps over parameters of experiment, network, chip and costs."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any, Callable

from caudate._core import Sweep


def explore(
    sweep: str | os.PathLike[str],
    out: str | os.PathLike[str],
    jobs: int | None = None,
    progress: Callable[..., Any] | None = None,
) -> list[dict[str, Any]]:
    """Runs an experiment at the points of a sweep file, as ``caudate explore`` does, and returns their records.

    Points and results are kept in the folder ``out``: a sweep that was interrupted goes on where it stopped. ``jobs`` points run
    at a time, one for each processor by default. ``progress``, such as ``tqdm.tqdm``, is called with ``total=`` in each round.

    A record has ``point``, ``settings`` (values of the axes), ``status`` (``"done"`` or ``"failed"``), and ``results`` (accuracy,
    energy in pJ, time in ps, cores, bytes of synaptic memory; ``None`` where there is none) or ``error``.

    Raises ``InvalidInput`` for a sweep that is not valid. A point that fails is a record, not an exception.
    """
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs is {jobs}; run at least 1 point at a time")
    opened = Sweep(sweep, out)
    while points := opened.next_points():
        bar = progress(total=len(points)) if progress else None
        with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
            futures = [pool.submit(opened.run_point, point) for point in points]
            try:
                for future in as_completed(futures):
                    future.result()
                    if bar is not None:
                        bar.update(1)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        if bar is not None:
            bar.close()
    return opened.finish()
