"""What stands behind the numbers: set-up, limits, model, STRESS-DES, versions, how to do it again (附录).

STRESS-DES: Monks et al. (2019), Strengthening the reporting of empirical simulation studies, Journal of Simulation 13, 55-67.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path, PureWindowsPath
from typing import Any

import sim
from sim.i18n import _, joined, ngettext
from sim.report.document import Block, Bullets, Column, Paragraph, Section, Table
from sim.report.grids import Two, table
from sim.report.parameters import differing, flattened, meaning, parameter_tables, written
from sim.report.reading import Kept
from sim.report.values import NONE, plain

__all__ = ["appendix", "command_of", "facts_of", "limits", "setup_blocks"]

_ELSEWHERE = ("--out", "--store", "--jobs", "--engine", "--cluster", "--lang")
"""Options with a value that say where and how it was run, and nothing about what came out."""
_SILENT = ("--quiet", "--json", "--no-charts", "--fresh")


def facts_of(kept: Sequence[Kept]) -> tuple[tuple[str, str], ...]:
    """Short facts below the title."""
    def said(name: str) -> str:
        found = dict.fromkeys(str(one.manifest[name]) for one in kept if one.manifest.get(name) is not None)
        return ", ".join(found) or NONE

    started = sorted(str(one.manifest["started"])[:10] for one in kept if one.manifest.get("started"))
    when = ((_("Simulated on"), started[-1]),) if started else ()
    return (*when, (_("Replications"), said("replications")), (_("Seed"), said("seed")),
            (_("Version"), ", ".join(dict.fromkeys(_version(one) for one in kept))))


def _version(kept: Kept) -> str:
    program = kept.manifest.get("program")
    program = program if isinstance(program, dict) else {}
    return f"{program.get('version', NONE)} ({str(program.get('model', NONE))[:8]})"


# --- set-up ---------------------------------------------------------------------------------------------------------------

def setup_blocks(kept: Kept, key: str = "", before: Sequence[Kept] = ()) -> list[Block]:
    """What was simulated: the sides, what they have in common, and what differs between them.

    Parameters
    ----------
    kept : Kept
    key : str
        Put before the keys of the tables.
    before : sequence of Kept
        Results that were described already: what is the same is not said again.
    """
    titles = kept.titles()
    if not titles:
        return []
    blocks: list[Block] = [Paragraph(joined(_common_said(kept)))]
    if any(one.names == kept.names and repr(differing(one)) == repr(differing(kept)) for one in before):
        return blocks
    places = () if kept.bare else (("city.residents", _("Residents")), ("city.grids", _("Grids")))
    counted = [(key_, head, digits) for key_, head, digits in (("heads", _("Heads"), 0), ("pay", _("Pay in the measured period (CNY)"), 2))
               if any(key_ in said for said in kept.described.values())]
    cells: list[list[Two]] = []
    for name in kept.names:
        said, place = kept.described.get(name, {}), {one.path: one for one in flattened(kept.resolved(name))}
        row: list[Two] = [titles[name], name]
        for key_, _head, digits in counted:
            value = said.get(key_)
            row.append((value, plain(float(value), digits)) if isinstance(value, int | float) else (None, NONE))
        cells.append([*row, *(written(place.get(path)) for path, _head in places)])
    blocks.append(table(f"{key}sides", _("Who is compared") if len(titles) > 1 else _("What was simulated"), [
        Column(_("Scenario")), Column(_("Name in the tables")), *(Column(head, "number", digits) for _key, head, digits in counted),
        *(Column(head) for _path, head in places)], cells))
    if len(titles) > 1:
        blocks += _differences_blocks(kept, key)
    return blocks


def _common_said(kept: Kept) -> list[str]:
    first = kept.resolved(kept.names[0]).get("run")
    run = first if isinstance(first, dict) else {}
    said = []
    if run:
        spans = {name: written(next(flattened(run.get(name, NONE), name), None)) for name in ("horizon", "start", "warm_up", "run_out")}
        text = (_("Simulated from {start} on; after a warm-up of {warm_up} {horizon} are measured.") if spans["run_out"].startswith("0 ") else
                _("Simulated from {start} on; after a warm-up of {warm_up} {horizon} are measured; then it goes on unmeasured for {run_out}, so "
                  "that late issues have time to end."))
        said.append(text.format(**spans))
    number = kept.manifest.get("replications")
    if isinstance(number, int) and kept.kind in ("run", "compare", "sweep", "sensitivity", "explain"):
        said.append(ngettext("{number} replication with luck of its own.", "{number} replications, each with luck of its own.",
                             number).format(number=number))
    if kept.kind == "compare":
        if kept.manifest.get("issues_identical") is True:
            said.append(_("All sides have identical issues, one by one, at the same seconds."))
        if kept.manifest.get("staff_equal") is True:
            said.append(_("All sides have the same heads and the same pay, to the cent."))
    return said


def _differences_blocks(kept: Kept, key: str) -> list[Block]:
    found = differing(kept)
    titles = kept.titles()
    if not found:
        return [Paragraph(_("The sides do not differ in any setting."))] if all(kept.resolved(name) for name in kept.names) else []
    cells: list[list[Two]] = [[meaning(path) or path, *(written(one) for one in values), path] for path, values in found]
    return [Paragraph(ngettext("They differ in {number} setting; everything else is the same.",
                               "They differ in {number} settings; everything else is the same.", len(found)).format(number=len(found))),
            table(f"{key}differing", _("What differs between the sides"), [
                Column(_("Meaning")), *(Column(titles[name]) for name in kept.names), Column(_("Setting"))], cells)]


# --- limits ---------------------------------------------------------------------------------------------------------------

def limits(kept: Sequence[Kept], notes: Sequence[str]) -> list[Block]:
    """What the results rest on, and what the model cannot say."""
    values = [one for part in kept for name in part.names for one in flattened(part.resolved(name))]
    numbers = {one.path: one for one in values if one.value is not None and any(letter.isdigit() for letter in str(one.value))}
    sourced = sum(bool(one.source) and not _assumed(one.source) for one in numbers.values())
    said = list(dict.fromkeys(notes))
    if numbers:
        said.append(_("Of {number} settings with a number {sourced} rest on a named source; the others are assumptions. The table of settings "
                      "says which, with their ranges.").format(number=len(numbers), sourced=sourced))
    said += [
        _("An interval says how far chance moves the mean of these replications. It does not say how far the assumptions are right: that is the "
          "question of a sensitivity analysis."),
        _("About one in twenty of many verdicts read side by side may be due to chance alone; those on one measure over several scenarios "
          "are held together, those on different measures are not."),
        _("The model knows issues, people, desks, rules and working hours. It does not know politics, budgets over years, the quality of "
          "single persons, or how people change when they are measured."),
        _("“Truly resolved” is known in the model only. Real offices count what is closed, so their figures compare with the closing "
          "rates here."),
        _("What differs is the organisation as the settings state it. Whether a real office gets there, and what the change itself costs, is not "
          "simulated."),
    ]
    return [Bullets(tuple(said))]


def _assumed(source: str) -> bool:
    return source.lower().strip().startswith(("assum", "假设", "假定", "set in ", "set by "))


# --- appendix -------------------------------------------------------------------------------------------------------------

def appendix(kept: Sequence[Kept]) -> list[Section]:
    """Settings, model, STRESS-DES, versions, how to do it again."""
    sections = [Section("appendix", _("Appendix"), 1, (Paragraph(_(
        "All settings with unit, range and source; the model in short; what a reader needs to judge the study and to do it again.")),))]
    shown: set[tuple[str, str]] = set()
    for place, part in enumerate(kept):
        tables = parameter_tables(part, f"r{place}-" if place else "", shown)
        if not tables:
            continue
        title = _("Settings: {titles}").format(titles=" / ".join(part.titles().values()))
        only = [Paragraph(_("Only what differs from the settings above."))] if shown else []
        sections.append(Section(f"parameters-{place}", title, 2, (*only, *tables)))
        shown |= {(one.path, repr(one.value)) for name in part.names for one in flattened(part.resolved(name))}
    sections.append(Section("model", _("The model in short"), 2, (Bullets(tuple(
        _bare_said() if all(part.bare for part in kept) else _model_said())),)))
    sections.append(Section("stress", _("STRESS-DES checklist"), 2, (_stress(kept),)))
    sections.append(Section("again", _("Versions, and how to do it again"), 2, tuple(_again(kept))))
    return sections


def _model_said() -> list[str]:
    return [
        _("Issues arise in the grids of a district at random, at a rate for each kind of issue that follows hour, weekday and season. Nobody "
          "knows of an issue until a patrol finds it or a resident notices and reports it."),
        _("A report becomes a ticket at a desk of a community, a street or the district. It is triaged, sent up, down or sideways, and "
          "dispatched to whoever may and can work it; it may be lost on the way, sent to the wrong unit, refused or returned."),
        _("Everyone who works belongs to a pool with heads, shifts, skills and pay. Jobs queue at a pool by lamp, severity and time; members "
          "travel, work, rest at the end of the shift, or hand over."),
        _("Patrol is what grid workers do when they have nothing else to do, so tasks eat patrol time."),
        _("Work may fix an issue truly or not; a check may find out and send it back. A closed ticket and a resolved issue are different "
          "facts, and both are counted. Issues may also end by themselves, or get worse while they lie."),
        _("An organisation is a set of switches and values: centres apart or merged, roles apart or merged, ledgers, signal, force, triage, "
          "delegation, joint work, supervision, checks. It decides who works where; it never decides an outcome."),
        _("Every random number belongs to one purpose of one issue in one replication, so both sides of a comparison meet the same issues with "
          "the same luck, and differences are paired."),
    ]


def _bare_said() -> list[str]:
    return [
        _("Customers of several classes arrive at pools of members, alone or in batches, and are served in turn; they may be turned away where "
          "all places are taken, lose patience, or go on to another pool."),
        _("Every random number belongs to one purpose of one customer in one replication, so both sides of a comparison meet the same "
          "customers with the same luck, and differences are paired."),
    ]


def _stress(kept: Sequence[Kept]) -> Table:
    """STRESS-DES items filled from the manifest."""
    first = kept[0]
    libraries = first.manifest.get("libraries")
    libraries = libraries if isinstance(libraries, dict) else {}
    program = first.manifest.get("program")
    program = program if isinstance(program, dict) else {}
    run = first.resolved(first.names[0]).get("run", {}) if first.names else {}
    plain_run = {one.path: written(one) for one in flattened(run)} if isinstance(run, dict) else {}
    said = next(({one.path: one for one in flattened(first.resolved(name))} for name in first.names), {})
    scenarios = _("; ").join(f"{title} ({name})" for name, title in first.titles().items())
    engine = program.get("engine") or _("SimPy or compiled, with the same results")
    rows = [
        ("1.1", _("Purpose"), _("To compare ways to organise how a district finds and solves its issues, before they are tried on people.")),
        ("1.2", _("Outputs"), _("Measures of discovery, routing, work, truth, residents, load, cost and equity; each with its definition in the "
                                "list of measures of the program.")),
        ("1.3", _("Aims of the experiments"), scenarios),
        ("2.1", _("Base model"), _("See “The model in short”, and the model description of the program.")),
        ("2.2", _("Base model logic"), _("Issues, tickets and jobs of pools in whole seconds, in a fixed order within each second.")),
        ("2.3", _("Scenario logic"), _("See what differs between the sides, and the table of settings.")),
        ("2.4", _("Algorithms"), _("Philox random numbers by purpose; queues by lamp, severity and time; Aalen-Johansen shares; Student t and "
                                   "Holm intervals.")),
        ("2.5", _("Components"), _("Entities: issues, tickets, contacts. Activities: patrol, answering, triage, travel, work, checks. Resources: "
                                   "pools with shifts. Queues: one for each pool. Entry: {residents} residents in {grids} grids.").format(
            residents=written(said.get("city.residents")), grids=written(said.get("city.grids")))),
        ("3.1", _("Data sources"), _("As written beside each setting.")),
        ("3.2", _("Preprocessing"), _("None beyond what the sources beside the settings say.")),
        ("3.3", _("Input parameters"), ngettext("{number} value, all listed.", "{number} values, all listed.", len(said)).format(number=len(said))),
        ("3.4", _("Assumptions"), _("Every value without a named source is marked as an assumption.")),
        ("4.1", _("Initialisation"), _("Starts empty; warm-up {warm_up}, not measured.").format(warm_up=plain_run.get("warm_up", NONE))),
        ("4.2", _("Run length"), _("{horizon} measured, then {run_out} unmeasured, from {start}.").format(
            horizon=plain_run.get("horizon", NONE), run_out=plain_run.get("run_out", NONE), start=plain_run.get("start", NONE))),
        ("4.3", _("Estimation"), _("{replications} replications with common random numbers; 95% intervals; paired differences.").format(
            replications=first.manifest.get("replications", NONE))),
        ("5.1", _("Software"), _("nine-dragons {version}, Python {python}, SimPy {simpy}, NumPy {numpy}.").format(
            version=program.get("version", NONE), **{name: libraries.get(name) or NONE for name in ("python", "simpy", "numpy")})),
        ("5.2", _("Random sampling"), _("Counter-based (Philox), a number for each seed, replication, subject, purpose and attempt; seed "
                                        "{seed}.").format(seed=first.manifest.get("seed", NONE))),
        ("5.3", _("Execution"), _("Next-event; engine: {engine}. Results do not depend on the engine or on how many work at a time.").format(
            engine=engine)),
        ("5.4", _("System"), _took(first.manifest)),
        ("6.1", _("Access to the model"), _("Open source under the MIT licence; sources of this run have the fingerprint {model}.").format(
            model=str(program.get("model", NONE))[:16])),
    ]
    return table("stress-des", _("STRESS-DES items (Monks et al. 2019)"), [Column(_("Item")), Column(_("About")), Column(_("Content"))],
                 [list(row) for row in rows], appendix=True)


def _took(manifest: Mapping[str, Any]) -> str:
    """How long the result took: what was computed for it, for most of it may have been kept from before."""
    runs = manifest.get("runs")
    computing = runs.get("computing_seconds") if isinstance(runs, dict) else None
    if isinstance(computing, int | float):
        return _("Any; this result is {seconds} s of computing on one core.").format(seconds=plain(float(computing), 0))
    return _("Any; wall time of this result {seconds} s.").format(seconds=manifest.get("wall_seconds") or manifest.get("seconds") or NONE)


def command_of(kept: Kept) -> str:
    """One command that makes the result again; empty where the folder does not say enough.

    It names no folder of the machine that made the report: results by the name of their folder, files by their names.
    """
    number = kept.manifest.get("replications")
    if kept.kind in ("run", "compare") and isinstance(number, int):
        return f"nine-dragons extend {shlex.quote(kept.name)} --replications {number} --fresh"
    program = kept.manifest.get("program")
    typed = program.get("typed") if isinstance(program, dict) else None
    words = [str(word) for word in typed] if isinstance(typed, list) else []
    said = [word for before, word in zip(["", *words], words, strict=False) if before not in _ELSEWHERE and word not in _ELSEWHERE
            and word not in _SILENT and not word.startswith(tuple(f"{option}=" for option in _ELSEWHERE))]
    return "nine-dragons " + shlex.join(_named(word) for word in said) if said else ""


def _named(word: str) -> str:
    """A word of a command, without the folders of a file that is named from the root of a machine."""
    return next((path.name for path in (Path(word), PureWindowsPath(word)) if path.is_absolute()), word)


def _again(kept: Sequence[Kept]) -> list[Block]:
    blocks: list[Block] = []
    for part in kept:
        command = command_of(part)
        if command:
            text = (_("{folder}: made again, to the last digit, by the same version, where that folder lies: {command}")
                    if part.kind in ("run", "compare") else
                    _("{folder}: made again, to the last digit, with the same version and the same files by: {command}"))
            blocks.append(Paragraph(text.format(folder=part.name, command=f"`{command}`")))
        else:
            blocks.append(Paragraph(_("{folder}: its scenarios stand in its {file}, with all settings; made again by the same command with seed "
                                      "{seed}.").format(folder=part.name, file="manifest.json", seed=part.manifest.get("seed", NONE))))
    cells: list[list[Two]] = [[_("This report"), sim.__version__]]
    for part in kept:
        program = part.manifest.get("program")
        for name, value in (program if isinstance(program, dict) else {}).items():
            if name == "typed":
                continue
            cells.append([f"{part.name}: {name}", str(value)])
        cells += [[f"{part.name}: {_('seed')}", str(part.manifest.get("seed", NONE))]]
        cells += [[f"{part.name}: {_('hash of {name}').format(name=name)}", str(said.get("hash", NONE))]
                  for name, said in part.described.items()]
    libraries = kept[0].manifest.get("libraries")
    cells += [[str(name), str(value or NONE)] for name, value in (libraries if isinstance(libraries, dict) else {}).items()]
    blocks.append(table("versions", _("Versions and fingerprints"), [Column(_("What")), Column(_("Version"))], cells, appendix=True))
    return blocks
