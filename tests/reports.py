"""Reports of all kinds of parts, made by hand: what the writers are tested on."""

from pathlib import Path

from sim.report.document import (
    Bullets,
    Column,
    Document,
    Figure,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Section,
    Table,
)

LONG = "滨海新城综合治理指挥中心第十七社区网格化服务管理工作站东片区北"        # 31 letters
NAN, INF = float("nan"), float("inf")


def _said(zh: bool, english: str, chinese: str) -> str:
    return chinese if zh else english


def differences(zh: bool) -> Table:
    """Two sides, measure by measure, with a verdict in words."""
    say = lambda english, chinese: _said(zh, english, chinese)       # noqa: E731
    columns = (Column(say("measure", "指标")), Column(say("unit", "单位")), Column(say("Fragmented", "九龙治水"), "number", 2),
               Column(say("Integrated", "一体化指挥"), "number", 2), Column(say("difference", "差值"), "number", 2, True),
               Column(say("95% low", "95%下限"), "number", 2, True), Column(say("95% high", "95%上限"), "number", 2, True),
               Column(say("verdict", "结论"), "verdict"))
    rows = ((say("Time to resolution, mean", "平均解决时长"), "h", 91.254, 63.5, -27.754, -30.1, -25.4, say("better", "更好")),
            (say("Truly resolved within 30 days", "30天内真正解决的比例"), "%", 0.8123, 0.9047, 0.0924, 0.08, 0.105, say("better", "更好")),
            (say("Calls given up", "放弃的来电"), "%", 0.031, 0.052, 0.021, 0.011, 0.031, say("worse", "更差")),
            (say("Repeated reports", "重复诉求"), "%", 0.117, 0.1172, 0.0002, -0.004, 0.0044,
             say("not distinguishable", "无显著差异")),
            (say("Overtime", "加班"), "h", 1234.5, None, NAN, INF, None, ""))
    texts = tuple((row[0], row[1], *(_print(value, row[1], i > 1) for i, value in enumerate(row[2:7])), row[7]) for row in rows)
    return Table("differences", say("What the second organisation changes", "第二种组织方式带来的变化"), columns, rows, texts,
                 (say("Intervals hold the true value in 95 of 100 cases.", "区间以95%的概率包含真值。"),),
                 ("better", "better", "worse", "same", ""))


def _print(value: float | None, unit: str, signed: bool) -> str:
    if value is None or value - value != 0:
        return ""
    sign = "+" if signed and value > 0 else ""
    return f"{sign}{100 * value:.1f}%" if unit == "%" else f"{sign}{value:,.2f}"


def utilisation(zh: bool, rows: int = 5) -> Table:
    """How busy each role is; long names, rows coloured without a word of their own."""
    names = [LONG if i == 0 and zh else "The very long name of a harbour-side street team" if i == 0 else f"Team {i}"
             for i in range(rows)]
    values = [(name, 0.95 - 0.13 * (i % 6), 3 + i) for i, name in enumerate(names)]
    return Table("utilisation", _said(zh, "How busy the staff are", "人员忙碌程度"),
                 (Column(_said(zh, "role", "岗位")), Column(_said(zh, "utilisation", "利用率"), "percent", 1),
                  Column(_said(zh, "heads", "人数"), "number", 0)),
                 tuple(values), tuple((name, f"{100 * share:.1f}%", str(heads)) for name, share, heads in values),
                 verdicts=tuple("worse" if i == 0 else "better" if i == 1 else "" for i in range(rows)))


def daily(zh: bool, days: int = 120) -> Table:
    """A series over days."""
    rows = tuple((f"2025-{1 + i // 28:02}-{1 + i % 28:02}", 100 + i % 7, 40.0 + i / 10) for i in range(days))
    return Table("daily", _said(zh, "Open issues, day by day", "每日在办问题"),
                 (Column(_said(zh, "date", "日期")), Column(_said(zh, "arisen", "新发生"), "number", 0),
                  Column(_said(zh, "open", "在办"), "number", 1)),
                 rows, tuple((day, str(new), f"{left:.1f}") for day, new, left in rows), appendix=True)


def parameters(zh: bool, rows: int = 200) -> Table:
    """A wide table that is looked up in; some texts that a spreadsheet might take for formulas."""
    columns = tuple(Column(name) for name in (
        ("设置", "含义", "单位", "分散", "一体", "最小", "最大", "来源") if zh else
        ("setting", "meaning", "unit", "fragmented", "integrated", "least", "most", "source")))
    odd = ("=1+1", "+86 592 12345", "-", "@all")
    made = tuple((f"organisation.departments.urban_management.value_{i}", LONG if zh else "Time until a crew of the department is on "
                  "its way, from the moment at which the ticket was signed for", "min", i, i + 0.5, 0, 90,
                  odd[i % 4] if i < 4 else _said(zh, "assumption", "假设")) for i in range(rows))
    return Table("parameters", _said(zh, "All settings", "全部参数"), columns, made,
                 tuple(tuple(str(value) for value in row) for row in made), appendix=True)


def everything(language: str, place: Path | None = None, rows: int = 200) -> Document:
    """A report with every kind of part; with charts if there is a place to draw them."""
    zh = language == "zh"
    say = lambda english, chinese: _said(zh, english, chinese)       # noqa: E731
    charts = (chart(place, zh),) if place else ()
    return Document(
        say("Does one centre serve the district better?", f"{LONG}：一个中心是否更好？"),
        say("Comparison of two organisations with the same people", "同样的人员，两种组织方式的比较"), language,
        ((say("Date", "日期"), "2025-06-01"), (say("Replications", "重复次数"), "20"), (say("Seed", "随机种子"), "7"),
         (say("Version", "版本"), "0.1.0")),
        (Section("answer", say("The answer", "结论"), 1, (
            Paragraph(say("Integrated resolves issues 27.8 h sooner (95% interval 25.4 to 30.1 h).",
                          "一体化指挥使问题平均提前27.8小时解决（95%区间25.4至30.1小时）。"), strong=True),
            Paragraph(say("More calls are given up: 5.2% instead of 3.1%.", "放弃的来电增多：由3.1%升至5.2%。"), strong=True),
            Paragraph(say("Repeated reports cannot be told apart.", "重复诉求无显著差异。"), strong=True),
            KeyFigures((KeyFigure(say("Time to resolution", "解决时长"), "−27.8 h", "−30.1 … −25.4 h", "better"),
                        KeyFigure(say("Calls given up", "放弃的来电"), "+2.1 pp", "+1.1 … +3.1 pp", "worse"),
                        KeyFigure(say("Repeated reports", "重复诉求"), "+0.0 pp", "−0.4 … +0.4 pp", "same"))),
            *charts, differences(zh))),
         Section("question", say("Question and set-up", "问题与设置"), 1, (
             Paragraph(say("Both sides have the same issues, the same heads and the same pay. ",
                           "双方面对同样的问题，人数与薪酬相同。") * 6),
             Bullets((say("One ledger instead of many", "一本台账取代多本台账"), say("One line for calls", "统一受理热线"))),
             Bullets((say("Start", "开始"), say("End", "结束")), numbered=True),
             Bullets((say("Again from one", "重新从一开始"),), numbered=True))),
         Section("staff", say("Who is overloaded", "谁的负担过重"), 2, (
             Paragraph(say("One team is at its limit.", "一个队伍已达极限。")), *charts, utilisation(zh))),
         Section("appendix", say("Appendix", "附录"), 1, (Paragraph(say("To look things up in.", "供查阅。")),)),
         Section("parameters", say("Settings", "参数"), 2, (Paragraph(say("Each with its source.", "均注明来源。")), parameters(zh, rows))),
         Section("days", say("Day by day", "逐日数据"), 2, (daily(zh, min(rows, 120)),))))


def chart(place: Path, zh: bool) -> Figure:
    """A picture of the usual size."""
    from matplotlib.figure import Figure as Drawn

    from sim.charts.style import drawing
    files = place / "chart.png", place / "chart.svg"
    with drawing():
        drawn = Drawn(figsize=(8, 4.2))
        axes = drawn.add_subplot()
        axes.barh([_said(zh, "Integrated", "一体化指挥"), _said(zh, "Fragmented", "九龙治水")], [63.5, 91.3])
        axes.set_xlabel(_said(zh, "hours", "小时"))
        for file in files:
            drawn.savefig(file, dpi=300)
    return Figure("resolution", _said(zh, "Time to resolution, with 95% intervals", "解决时长及95%区间"), files[1], files[0],
                  _said(zh, "Two bars: 91.3 hours and 63.5 hours.", "两根条形：91.3小时与63.5小时。"))
