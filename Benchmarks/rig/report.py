"""Tables of figures, and the end of a program: what held and what did not."""

import json
import math
import statistics
from pathlib import Path


def quantile(values, share):
    """The smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def spread(values, form="{:.1f}"):
    """Median and range: 17.4 (17.1..18.0). The range is left out for a single value."""
    middle = form.format(statistics.median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({form.format(min(values))}..{form.format(max(values))})"


def table(header, rows):
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for row in [header, *rows]:
        cells = [cell.rjust(width) for cell, width in zip(row, widths)]
        print("  ", "  ".join([row[0].ljust(widths[0]), *cells[1:]]), sep="")
    print(flush=True)


class Verdict:
    """Collects what must hold; prints it and gives the exit status."""

    def __init__(self):
        self.lines = []

    def require(self, holds, what, found=""):
        self.lines.append((bool(holds), f"{what}{': ' if found != '' else ''}{found}"))

    def conclude(self):
        for holds, line in self.lines:
            print(f"  {'holds ' if holds else 'MISSED'}  {line}")
        return 0 if all(holds for holds, _ in self.lines) else 1


def write_json(path, value):
    if path:
        Path(path).write_text(json.dumps(value, indent=2) + "\n")
