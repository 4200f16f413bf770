"""Draws the plots of docs/statistics.md from the numbers beside it. To make both anew:

    TURNOUT_WRITE_PLOTS=1 swift test --filter StatisticsTests
    python3 -m venv /tmp/plots && /tmp/plots/bin/pip install matplotlib==3.11.2
    /tmp/plots/bin/python3 docs/plots/draw.py
"""

import csv
import pathlib

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({
    "svg.hashsalt": "turnout", "svg.fonttype": "path", "font.size": 11, "axes.spines.top": False,
    "axes.spines.right": False, "axes.grid": True, "grid.color": "#dddddd", "figure.facecolor": "white",
})
import matplotlib.pyplot as plt
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

FOLDER = pathlib.Path(__file__).parent
TIMES = {10: "10 s", 60: "1 min", 600: "10 min", 3_600: "1 h", 21_600: "6 h", 86_400: "1 day", 604_800: "1 week"}


def columns(name):
    with open(FOLDER / f"{name}.csv") as file:
        rows = list(csv.reader(file))
    return [[float(row[index]) for row in rows[1:]] for index in range(len(rows[0]))]


def save(figure, name):
    figure.tight_layout()
    figure.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})


def power(name, title, label, ticks):
    effect, ten, fifty = columns(name)
    figure, axes = plt.subplots(figsize=(7, 4.2))
    for requests, text, color, style in ((ten, "10 % in unified", "#b34700", "o-"), (fifty, "50 %", "#00589c", "s--")):
        axes.plot(effect, [count / 100 for count in requests], style, color=color, label=text, markersize=5)
    axes.set(xscale="log", yscale="log", title=title, xlabel=label, ylabel="time at 100 requests a second")
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(FixedLocator([time for time in TIMES if low <= time <= high]))
    axes.yaxis.set_major_formatter(lambda time, _: TIMES[round(time)])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.legend(frameon=False)
    save(figure, name)


def false_alarms():
    requests, sequence, naive = columns("false-alarms")
    days = [count / 2_880 for count in requests]
    figure, axes = plt.subplots(figsize=(7, 3.6))
    axes.plot(days, [100 * share for share in naive], "--", color="#b34700", label="1.96 standard errors")
    axes.plot(days, [100 * share for share in sequence], "-", color="#00589c", label="the intervals of turnout")
    axes.axhline(5, color="#555555", linewidth=1, linestyle=":")
    axes.text(5.9, 5.6, "promised: 5 %", color="#555555", fontsize=9)
    axes.set(
        title="Equal paths: weeks with a false alarm so far", xlabel="days, looked at every second", ylabel="% of weeks",
        xlim=(0, 7), ylim=(-0.5, None))
    axes.legend(frameon=False, loc="center right")
    save(figure, "false-alarms")


power("power-error_rate", "Errors: 0.1 % in legacy", "points more in unified", [0.2, 0.5, 1, 2, 5, 10])
power("power-slow_requests", "Slow requests: 5 % in legacy", "points more in unified", [0.7, 1, 2, 5, 10, 20])
power("power-slowest_requests", "Slowest requests: 1 % in legacy", "points more in unified", [0.7, 1, 2, 5, 10, 20])
power(
    "power-conversations_created", "Conversations created: by 5 % of the requests in legacy", "% fewer in unified",
    [25, 30, 40, 50, 70, 90])
false_alarms()
