"""Every command with its options and its help, in the language in use."""

from __future__ import annotations

from collections.abc import Callable

from sim.cli import values
from sim.cli.arguments import PROGRAM, Command, columns, laid_out
from sim.cli.text import fold
from sim.i18n import LANGUAGES, _

__all__ = ["ACTS", "DEFAULT_SIDES", "DESIGNS", "ENGINES", "FORMATS", "LISTS", "METHODS", "commands", "overview"]

DEFAULT_SIDES = ("jimei/fragmented", "jimei/integrated")
ENGINES = ("auto", "simpy", "compiled")
LISTS = ("scenarios", "measures", "settings")
DESIGNS = ("grid", "zip", "latin_hypercube", "sobol")
FORMATS = ("html", "docx", "xlsx", "pdf")
METHODS = ("tornado", "morris", "sobol")
GROUPS = ("people", "information", "authority", "oversight", "prevention")
WAYS = ("auto", "exact", "orders")
ACTS = ("list", "size", "prune")
MOST_RUNS = 100_000
ANY_SEED = 2**63 - 1

Options = Callable[[Command], None]



def _set(command: Command) -> None:
    command.option("--set", _("PATH=VALUE"), _("Set one setting, such as organisation.signal.pass_on=0.9. May be repeated."),
                   dest="settings", action="append", default=[], type=values.setting)


def _general(command: Command, json: str = "") -> None:
    if json:
        command.option("--json", "", json, action="store_true")
    command.option("--lang", "zh|en", _("Language of every text (default: NINE_DRAGONS_LANG, then the locale)."),
                   type=values.one_of(*LANGUAGES))
    command.option("--help", "", _("Show this help and exit."), action="store_true")


def _store(command: Command) -> None:
    command.option("--store", _("PLACE"), _("File or folder in which finished runs are kept (default: NINE_DRAGONS_STORE, then the "
                                            "user's cache folder)."), type=values.name)


def _tracing(command: Command) -> None:
    command.option("--trace", _("ISSUE"), _("Tell the life of issue number ISSUE, event by event, and nothing else. May be repeated."),
                   action="append", default=[], type=values.whole(0, 2**31 - 1))
    command.option("--replication", _("N"), _("Replication that --trace looks at, as the result tables count them (default: 0)."),
                   type=values.whole(0, MOST_RUNS))


def _timeline(command: Command) -> None:
    command.option("--timeline", "", _("Also write every event of the first replication as CSV."), action="store_true")


def _surging(command: Command) -> None:
    command.option("--surge", _("NAME[=DATE]"), _("Let a surge happen that the scenario has, or typhoon, epidemic or festival, from DATE on "
                                                  "(default: when a third of the measured time is over). May be repeated."),
                   action="append", default=[], type=values.name)


def _replications(text: str, default: int | None = None) -> Options:
    def add(command: Command) -> None:
        command.option("--replications", _("N"), text, type=values.whole(1, MOST_RUNS), default=default)
    return add


def _precision(command: Command) -> None:
    command.option("--precision", _("MEASURE=WIDTH"), _(
        "Add replications until the half-width of the measure's interval is at most WIDTH: a share of the mean "
        "(time_to_resolution_mean=2%) or absolute (on_time_closing_rate=0.005); of the paired difference with difference: in front. "
        "May be repeated; all must hold."), action="append", default=[], type=values.name)
    command.option("--at-most", _("N"), _("With --precision: replications at which it is given up (default: 1000)."),
                   type=values.whole(3, MOST_RUNS), default=1000)


def _running(command: Command, default_out: str, *first: Options, settings: bool = True, seed: bool = True) -> Command:
    """A command that simulates and writes a result folder: its own options, then those of all."""
    if settings:
        _set(command)
    for add in first:
        add(command)
    option = command.option
    if seed:
        option("--seed", _("N"), _("Seed of all randomness (default: run.seed of the scenario)."), type=values.whole(0, ANY_SEED))
    option("--jobs", _("N"), _("Replications at a time; results do not depend on it (default: one a core)."),
           type=values.whole(1, 1024))
    option("--engine", "|".join(ENGINES), _("Engine that simulates; results do not depend on it (default: auto, the one that is done "
                                            "first; compiled needs Numba)."),
           type=values.one_of(*ENGINES), default="auto")
    option("--cluster", _("ADDRESS"), _("Let the workers of a Dask scheduler simulate, such as tcp://192.168.0.7:8786, or mpi; results "
                                        "do not depend on it (needs the extra cluster)."), type=values.name)
    _store(command)
    if default_out:
        option("--out", _("FOLDER"), _("Result folder (default: {folder}).").format(folder=default_out), type=values.name)
    option("--fresh", "", _("Simulate again even what is already kept from earlier runs."), action="store_true")
    option("--no-charts", "", _("Draw no charts."), action="store_true")
    option("--quiet", "", _("Show no progress; print only the result."), action="store_true")
    _general(command, _("Print the result as JSON instead of tables."))
    return command


def _sweeping(command: Command) -> None:
    option = command.option
    option("--vary", _("PATH=VALUES"), _("A setting with its values, such as staff.grid_workers.heads=24..36:4 or a.b=10,20,30. May be "
                                         "repeated."), action="append", default=[], type=values.setting)
    option("--design", "|".join(DESIGNS), _("How points are made of the values (default: grid, every combination)."),
           type=values.one_of(*DESIGNS))
    option("--samples", _("N"), _("Points of a Latin hypercube or Sobol design."), type=values.whole(1, MOST_RUNS))
    option("--sample-seed", _("N"), _("Seed of such a design; the luck of the runs has another (default: 1)."),
           type=values.whole(0, ANY_SEED), default=1)
    option("--base", _("NAME|PATH=VALUE"), _("What is compared with: a scenario's name, or a value of a setting. May be repeated "
                                             "(default: the first scenario, or with one scenario the first point)."),
           action="append", default=[], type=values.name)
    option("--measure", _("KEY"), _("A measure to keep (default: all). May be repeated."), dest="measures", action="append",
           default=[], type=values.name)
    option("--groups", "", _("Also by category, place and pool."), action="store_true")


def _sensing(command: Command) -> None:
    option = command.option
    option("--measure", _("KEY"), _("The measure that is looked at; with two scenarios, its difference."), type=values.name)
    option("--method", ",".join(METHODS), _("What is done, one or several with commas (default: tornado)."),
           type=values.several_of(*METHODS), default=["tornado"])
    option("--only", _("PATH"), _("Vary only what lies here; * stands for anything. May be repeated."), action="append", default=[],
           type=values.name)
    option("--without", _("PATH"), _("Leave out what lies here. May be repeated."), action="append", default=[], type=values.name)
    option("--together", "", _("Settings that differ only in the name of a category, department or role move as one."),
           action="store_true")
    option("--paths", _("N"), _("Morris's paths (default: 10)."), type=values.whole(2, MOST_RUNS), default=10)
    option("--samples", _("N"), _("Sobol's samples, a power of 2 (default: 64)."), type=values.whole(2, MOST_RUNS), default=64)
    option("--few", _("N"), _("How many settings Sobol indices are made for, the most important (default: 5)."),
           type=values.whole(1, MOST_RUNS), default=5)
    option("--design-seed", _("N"), _("Seed of paths and samples; the luck of the runs has another (default: 1)."),
           type=values.whole(0, ANY_SEED), default=1)


def _explaining(command: Command) -> None:
    option = command.option
    option("--measure", _("KEY"), _("A measure whose difference is divided (default: five headlines). May be repeated."), dest="measures",
           action="append", default=[], type=values.name)
    option("--within", _("GROUP"), _("Also divide the share of a group among its mechanisms: {groups}. May be repeated.").format(
        groups=", ".join(GROUPS)), action="append", default=[], type=values.name)
    option("--all", "", _("Also divide the shares of all groups."), action="store_true")
    option("--method", "|".join(WAYS), _("All mixtures, sampled orders of mechanisms, or whichever is cheaper (default: auto)."),
           type=values.one_of(*WAYS), default="auto")
    option("--orders", _("N"), _("Pairs of opposite orders in each replication, where orders are sampled (default: 2)."),
           type=values.whole(1, 1000), default=2)
    option("--order-seed", _("N"), _("Seed of the orders; the luck of the runs has another (default: 1)."), type=values.whole(0, ANY_SEED),
           default=1)
    option("--runs", _("N"), _("Runs at most, of all mixtures together: as many replications as they are enough for."),
           type=values.whole(1, 10**9))
    option("--precision", _("MEASURE=WIDTH"), _(
        "Add replications until the half-width of every share's interval is at most WIDTH: absolute (on_time_closing_rate=0.5pp) or a "
        "share of the whole difference (harm=5%). May be repeated; all must hold."), action="append", default=[], type=values.name)
    option("--at-most", _("N"), _("With --precision: replications at which it is given up (default: 1000)."), type=values.whole(3, MOST_RUNS),
           default=1000)


def _staffing(command: Command) -> None:
    option = command.option
    option("--pool", _("NAME[=RANGE]"), _("Pool whose heads may be moved, such as grid_workers=10..40 or crew:fire. May be repeated."),
           dest="pools", action="append", default=[], type=values.name)
    option("--target", _("TARGET"), _("What must be reached, such as \"on_time_closing_rate >= 0.9\". May be repeated; all must be."),
           dest="targets", action="append", default=[], type=values.name)
    option("--budget", _("PAY"), _("Pay of the whole staff at most, such as \"5000000 CNY/year\"."), type=values.name)
    option("--demand", _("RANGE"), _("Instead of heads: the largest demand that the staff stands, in this range of multiples, such as "
                                     "0.5..3."), type=values.name)
    option("--shift-of", _("NAME[=SHIFTS]"), _("Instead of heads: the shifts in which these heads should work. May be repeated."),
           action="append", default=[], type=values.name)
    option("--aim", _("MEASURE"), _("With --shift-of: the measure to make as good as can be."), type=values.name)
    option("--may-close", "", _("With --shift-of: a shift may be left without anybody."), action="store_true")
    option("--zone", _("X"), _("A difference that would not matter, in the measure's unit (default: 1%)."), type=values.number)
    option("--first", _("N"), _("Replications with which each staffing is looked at (default: 10)."), type=values.whole(3, 1000),
           default=10)
    option("--most", _("N"), _("Replications with which one is judged at most (default: 160)."), type=values.whole(3, MOST_RUNS),
           default=160)
    option("--points", _("N"), _("Staffings tried at most where several pools are moved (default: 120)."),
           type=values.whole(1, MOST_RUNS), default=120)


def _pruning(command: Command) -> None:
    option = command.option
    option("--only", _("NAME"), _("Only runs of the scenario of this name, or whose hash begins so."), type=values.name)
    option("--stale", "", _("Prune runs of earlier versions of the model (the default)."), action="store_true")
    option("--older-than", _("TIME"), _("Prune what was finished longer ago, such as \"30 days\"."), type=values.name)
    option("--everything", "", _("Prune all runs."), action="store_true")
    option("--dry-run", "", _("Say what would be pruned, and prune nothing."), action="store_true")


def _simulating() -> list[Command]:
    """Commands about what happens."""
    file, files = _("SCENARIO"), _("[SCENARIO ...]")
    years = _replications(_("How many independent years (default: run.replications of the scenario)."))
    compare = _running(Command(
        "compare", _("Compare organisations of the same district, year against year, with the same issues and the same luck."),
        _("The first scenario is the base. Without files: the Jimei district, fragmented against integrated."), files, 0, None),
        "results/NAME-vs-NAME", years, _precision, _surging, _timeline)
    run = _running(Command("run", _("Simulate one organisation and print its measures."), "", file, 1, 1),
                   "results/run-NAME", years, _precision, _surging, _timeline, _tracing)
    extend = _running(Command("extend", _("Add replications to a finished result of run or compare."),
                              _("What is kept is not simulated again. The folder is written anew, whole or not at all."),
                              _("RESULT_FOLDER"), 1, 1),
                      "", _replications(_("How many replications there shall be in all.")), _precision, settings=False, seed=False)
    warmup = _running(Command("warmup", _("Say whether the warm-up of scenarios is long enough (MSER-5, Welch's chart)."),
                              _("Judged on the scenario without holidays and seasons, which would look like a slow start."),
                              _("SCENARIO ..."), 1, None),
                      "results/warmup-NAME", _replications(_("Replications that are averaged (default: 10)."), 10), _precision)
    return [compare, run, extend, warmup]


def _planning() -> list[Command]:
    """The planner's questions."""
    sweep = _running(Command(
        "sweep", _("Simulate scenarios over many values of their settings, all on the same luck."),
        _("Name a sweep file, or scenarios and with --vary what varies. See docs/sweeps.md."), _("SWEEP.yaml | SCENARIO ..."), 1, None),
        "results/sweep-NAME", _sweeping, _replications(_("Replications of every point (default: those of the file or scenario).")),
        _precision)
    staff = _running(Command(
        "staff", _("Find the cheapest staffing that meets targets, the largest demand that a staffing stands, or the best shifts."),
        _("Every staffing sees the same luck; what is said to meet the targets misses one with a chance of at most 5%."),
        _("SCENARIO"), 1, 1), "results/staff-NAME", _staffing, _precision)
    sensitivity = _running(Command(
        "sensitivity", _("Say which of the declared ranges matter most, and whether the conclusion flips within them."),
        _("With one scenario its measure is looked at, with two the difference of the second from the first."),
        _("SCENARIO [SCENARIO]"), 1, 2), "results/sensitivity-MEASURE-NAME", _sensing,
        _replications(_("Replications of every point (default: run.replications of the scenario).")), _precision)
    explain = _running(Command(
        "explain", _("Say how much of the difference between two organisations each mechanism brings."),
        _("Every mixture of the two is run on the same luck; shares are Shapley values of groups of mechanisms, and add up to the whole "
          "difference. See docs/explain.md."), _("FRAGMENTED INTEGRATED"), 2, 2), "results/explain-NAME-vs-NAME", _explaining,
        _replications(_("Replications of every mixture (default: run.replications of the scenario).")))
    return [sweep, staff, sensitivity, explain]


def _telling() -> list[Command]:
    """Commands that hand results on."""
    report = Command("report", _("Write a report of one or several results: the answer, charts, tables, settings, limits."),
                     _("From the folders of run, compare, sweep, staff, sensitivity, warmup or explain. Nothing is simulated. See "
                       "docs/reports.md."), _("RESULT_FOLDER ..."), 1, None)
    report.option("--format", ",".join(FORMATS), _("Formats, one or several with commas (default: html). PDF needs a browser or LibreOffice."),
                  dest="formats", type=values.several_of(*FORMATS), default=["html"])
    report.option("--out", _("FOLDER"), _("Folder where the report goes (default: the first result folder)."), type=values.name)
    _store(report)
    report.option("--quiet", "", _("Print only the names of the files."), action="store_true")
    _general(report, _("Print the answer and the names of the files as JSON."))
    return [report]


def _drawing() -> Command:
    """One chart from a result folder."""
    command = Command(
        "chart", _("Draw one chart from a result folder; without a name, list the charts that it offers."),
        _("Finished runs are taken from the store; what is not kept any more is simulated again. The data stand beside it as CSV."),
        _("RESULT_FOLDER [NAME]"), 1, 2)
    option = command.option
    option("--size", _("WIDTHxHEIGHT"), _("Size on paper in mm, such as 160x100, or 160 for a chart as high as it needs; or report, half, "
                                          "slide (default: as it is laid out)."), type=values.name)
    option("--format", "png,svg,pdf", _("Formats, one or several with commas (default: png)."), type=values.name)
    option("--out", _("FILE"), _("File, with or without an ending, or a folder (default: RESULT-NAME in the present folder)."),
           type=values.name)
    option("--issue", _("N"), _("With life: number of the issue on the first side (default: the one to which most happened)."),
           type=values.whole(0, 2**31 - 1))
    option("--pool", _("NAME"), _("With pool: key or title of the pool (default: the one whose queue was joined most)."), type=values.name)
    option("--day", _("D"), _("With pool: a date, or the number of a measured day from 1 (default: the busiest)."), type=values.name)
    option("--replication", _("K"), _("With life and pool: which replication (default: 0)."), type=values.whole(0, MOST_RUNS))
    option("--jobs", _("N"), _("Replications at a time; results do not depend on it (default: one a core)."),
           type=values.whole(1, 1024))
    option("--engine", "|".join(ENGINES), _("Engine that simulates; results do not depend on it (default: auto, the one that is done "
                                            "first; compiled needs Numba)."),
           type=values.one_of(*ENGINES), default="auto")
    _store(command)
    option("--quiet", "", _("Show no progress; print only the result."), action="store_true")
    _general(command, _("Print the result as JSON instead of tables."))
    return command


def _looking() -> list[Command]:
    """Commands that simulate nothing."""
    file = _("SCENARIO")
    check = Command("check", _("Check scenario files and report every fault at once, with its line and the nearest valid key."),
                    "", _("SCENARIO ..."), 1, None)
    _set(check)
    _general(check, _("Print the faults as JSON."))
    show = Command("show", _("Show a scenario with everything it inherits and every default filled in."), "", file, 1, 1)
    show.option("--diff", _("BASE"), _("Show only where it differs from scenario BASE."), type=values.name)
    _set(show)
    _general(show, _("Print JSON instead of YAML."))
    new = Command("new", _("Write a commented template of a scenario, ready to run and to change."),
                  _("An existing file is never overwritten."), _("FILE"), 1, 1)
    _general(new)
    schema = Command("schema", _("Print the JSON Schema with which an editor checks and completes scenario files."), "", "", 0, 0)
    _general(schema)
    listing = Command("list", _("List what there is: shipped scenarios, measures, settings."),
                      _("Name one of {choices} to see only that.").format(choices=", ".join(LISTS)),
                      f"[{'|'.join(LISTS)}]", 0, 1)
    _general(listing, _("Print JSON instead of tables."))
    store = Command("store", _("List, measure or prune the store of finished runs."),
                    _("Pruning removes what no command can use any more, runs of earlier versions of the model, or what is named."),
                    f"[{'|'.join(ACTS)}]", 0, 1)
    _store(store)
    _pruning(store)
    _general(store, _("Print JSON instead of tables."))
    return [check, show, new, schema, listing, store]


def commands() -> dict[str, Command]:
    """All commands by name, with help in the language in use."""
    return {command.name: command for command in (*_simulating(), *_planning(), *_telling(), _drawing(), *_looking())}


def overview() -> str:
    """Help of the whole program."""
    rows = [(command.name, command.summary) for command in commands().values()]
    options = [("--lang zh|en", _("Language of every text (default: NINE_DRAGONS_LANG, then the locale).")),
               ("--version", _("Show the version and exit.")), ("--help", _("Show this help and exit."))]
    usage = f"{PROGRAM} {_('COMMAND')} {_('[options]')}"
    about = _("Nine Dragons simulates how a Chinese city district deals with its issues over a year, and compares its "
              "organisation as nine separate departments with that of one centre.")
    return "\n\n".join((
        _("Usage: {usage}").format(usage=usage), fold(about, columns()), _("Commands:") + "\n" + laid_out(rows),
        _("Options:") + "\n" + laid_out(options),
        fold(_("Help of one command: {command}").format(command=f"{PROGRAM} compare --help"), columns()))) + "\n"
