"""Styles of a Word report: paragraphs, tables, lists and numbered headings, each with its Latin and its Chinese font (Word 样式).

Everything has a style with a name, so that whoever receives the file can restyle it in one place.  The fonts are those that come
with Word in China; where they are missing, Word and LibreOffice take what they have.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sim.report.looks import INK, QUIET, RULE, SHADE
from sim.report.word_xml import element

__all__ = ["BULLETS", "LANGUAGES", "NUMBERS", "styled"]

LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}
_LATIN = {"en": "en-GB", "zh": "en-US"}
BULLETS, NUMBERS = 2, 3
"""Numbers of the two kinds of lists; headings are 1."""

_ACCENT = "1F4E79"
_FONTS = {
    "en": {"text": ("Arial", "Microsoft YaHei"), "head": ("Arial", "Microsoft YaHei")},
    "zh": {"text": ("Times New Roman", "SimSun"), "head": ("Arial", "Microsoft YaHei")},
}
"""Latin and Chinese font of running text, and of headings and tables."""

# (id, name, based on, next, font, half points, bold, colour, paragraph properties in the order of the schema)
_PARAGRAPHS: tuple[tuple[str, str, str, str, str, int, bool, str, str], ...] = (
    ("Normal", "Normal", "", "", "text", 21, False, INK, '<w:spacing w:before="0" w:after="0"/>'),
    ("BodyText", "Body Text", "Normal", "", "text", 21, False, INK, '<w:spacing w:after="120" w:line="300" w:lineRule="auto"/>'),
    ("Answer", "Answer", "BodyText", "", "head", 23, True, INK,
     (f'<w:pBdr><w:left w:val="single" w:sz="24" w:space="8" w:color="{_ACCENT}"/></w:pBdr>'
     '<w:spacing w:after="100" w:line="288" w:lineRule="auto"/><w:ind w:left="200"/>')),
    ("Title", "Title", "Normal", "Subtitle", "head", 40, True, _ACCENT, '<w:keepNext/><w:spacing w:before="0" w:after="60"/>'),
    ("Subtitle", "Subtitle", "Normal", "BodyText", "head", 24, False, QUIET, '<w:keepNext/><w:spacing w:after="120"/>'),
    ("Heading1", "heading 1", "Normal", "BodyText", "head", 30, True, _ACCENT,
     ('<w:keepNext/><w:keepLines/><w:numPr><w:numId w:val="1"/></w:numPr><w:spacing w:before="320" w:after="120"/>'
     '<w:outlineLvl w:val="0"/>')),
    ("Heading2", "heading 2", "Normal", "BodyText", "head", 25, True, _ACCENT,
     ('<w:keepNext/><w:keepLines/><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr><w:spacing w:before="240" w:after="100"/>'
     '<w:outlineLvl w:val="1"/>')),
    ("TOCHeading", "TOC Heading", "Normal", "BodyText", "head", 30, True, _ACCENT,
     '<w:keepNext/><w:keepLines/><w:pageBreakBefore/><w:spacing w:before="0" w:after="120"/>'),
    ("TOC1", "toc 1", "Normal", "Normal", "text", 21, True, INK,
     ('<w:tabs><w:tab w:val="left" w:pos="480"/><w:tab w:val="right" w:leader="dot" w:pos="9600"/></w:tabs>'
     '<w:spacing w:before="100" w:after="20"/>')),
    ("TOC2", "toc 2", "Normal", "Normal", "text", 21, False, INK,
     ('<w:tabs><w:tab w:val="left" w:pos="1100"/><w:tab w:val="right" w:leader="dot" w:pos="9600"/></w:tabs>'
     '<w:spacing w:after="20"/><w:ind w:left="480"/>')),
    ("Caption", "caption", "Normal", "BodyText", "head", 18, True, INK, '<w:keepLines/><w:spacing w:before="140" w:after="100"/>'),
    ("Figure", "Figure", "Normal", "Caption", "text", 21, False, INK,
     '<w:keepNext/><w:spacing w:before="120" w:after="0"/><w:jc w:val="center"/>'),
    ("ListBullet", "List Bullet", "BodyText", "", "text", 21, False, INK,
     f'<w:numPr><w:numId w:val="{BULLETS}"/></w:numPr><w:spacing w:after="60"/><w:contextualSpacing/>'),
    ("ListNumber", "List Number", "BodyText", "", "text", 21, False, INK,
     f'<w:numPr><w:numId w:val="{NUMBERS}"/></w:numPr><w:spacing w:after="60"/><w:contextualSpacing/>'),
    ("TableText", "Table Text", "Normal", "", "head", 17, False, INK, '<w:spacing w:before="30" w:after="30"/>'),
    ("TableNumber", "Table Number", "TableText", "", "head", 17, False, INK, '<w:jc w:val="right"/>'),
    ("TableHeading", "Table Heading", "TableText", "", "head", 17, True, INK, '<w:keepNext/>'),
    ("TableNote", "Table Note", "Normal", "", "head", 16, False, QUIET, '<w:spacing w:before="60" w:after="0"/>'),
    ("TableEnd", "Table End", "Normal", "BodyText", "text", 12, False, INK, '<w:spacing w:before="0" w:after="0"/>'),
    ("FactName", "Fact Name", "Normal", "", "head", 17, False, QUIET, '<w:spacing w:before="20" w:after="20"/>'),
    ("FactText", "Fact Text", "Normal", "", "head", 17, False, INK, '<w:spacing w:before="20" w:after="20"/>'),
    ("KeyName", "Key Figure Name", "Normal", "", "head", 17, False, QUIET, '<w:keepNext/><w:spacing w:before="60" w:after="20"/>'),
    ("KeyValue", "Key Figure Value", "Normal", "", "head", 34, True, _ACCENT, '<w:keepNext/><w:spacing w:before="0" w:after="20"/>'),
    ("KeyBelow", "Key Figure Below", "Normal", "", "head", 16, False, QUIET, '<w:spacing w:before="0" w:after="60"/>'),
    ("Header", "header", "Normal", "", "head", 16, False, QUIET,
     f'<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="2" w:color="{RULE}"/></w:pBdr><w:jc w:val="right"/>'),
    ("Footer", "footer", "Normal", "", "head", 16, False, QUIET, '<w:jc w:val="center"/>'),
)
_QUICK = ("Normal", "BodyText", "Answer", "Title", "Subtitle", "Heading1", "Heading2", "Caption", "ListBullet", "ListNumber")

_GRID = ('<w:tblPr><w:tblBorders><w:top w:val="single" w:sz="8" w:space="0" w:color="{ink}"/>'
         '<w:bottom w:val="single" w:sz="8" w:space="0" w:color="{ink}"/>'
         '<w:insideH w:val="single" w:sz="4" w:space="0" w:color="{rule}"/></w:tblBorders>'
         '<w:tblCellMar><w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>'
         '<w:tcPr><w:vAlign w:val="center"/></w:tcPr>'
         '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>'
         '<w:bottom w:val="single" w:sz="6" w:space="0" w:color="{ink}"/></w:tcBorders>'
         '<w:shd w:val="clear" w:color="auto" w:fill="{shade}"/><w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr>')
_PLAIN = ('<w:tblPr><w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="120" w:type="dxa"/></w:tblCellMar></w:tblPr>')
_CARDS = ('<w:tblPr><w:tblBorders><w:top w:val="single" w:sz="8" w:space="0" w:color="{ink}"/>'
          '<w:bottom w:val="single" w:sz="4" w:space="0" w:color="{rule}"/>'
          '<w:insideH w:val="single" w:sz="4" w:space="0" w:color="{rule}"/>'
          '<w:insideV w:val="single" w:sz="4" w:space="0" w:color="{rule}"/></w:tblBorders>'
          '<w:tblCellMar><w:left w:w="110" w:type="dxa"/><w:right w:w="110" w:type="dxa"/></w:tblCellMar></w:tblPr>')
_TABLES = (("ReportTable", "Report Table", _GRID), ("ReportFacts", "Report Facts", _PLAIN), ("ReportFigures", "Report Figures", _CARDS))


def styled(language: str) -> Any:
    """An empty Word document, A4, with the report's styles and nothing of the library's own template.

    Parameters
    ----------
    language : str
        "en" or "zh": what the text is in, for spelling and for fonts.

    Returns
    -------
    docx.document.Document

    Examples
    --------
    >>> made = styled("zh")
    >>> made.styles["Body Text"].element.rPr.rFonts.get("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}eastAsia")
    'SimSun'
    """
    made = import_module("docx").Document()
    root = made.styles.element
    for child in list(root):
        if child.tag.endswith(("}style", "}docDefaults")):
            root.remove(child)
    latin, chinese = _FONTS[language]["text"]
    root.insert(0, element(
        f'<w:docDefaults><w:rPrDefault><w:rPr>{_fonts(latin, chinese)}<w:sz w:val="21"/><w:szCs w:val="21"/>{_lang(language)}</w:rPr>'
        "</w:rPrDefault><w:pPrDefault/></w:docDefaults>"))
    for style in _basic(language):
        root.append(element(style))
    for row in _PARAGRAPHS:
        root.append(element(_paragraph(row, language)))
    for key, name, look in _TABLES:
        root.append(element(f'<w:style w:type="table" w:customStyle="1" w:styleId="{key}"><w:name w:val="{name}"/>'
                            f'<w:basedOn w:val="TableNormal"/><w:qFormat/><w:rPr>{_fonts(*_FONTS[language]["head"])}</w:rPr>'
                            f"{look.format(ink='444444', rule=RULE, shade=SHADE)}</w:style>"))
    _lists(made, language)
    _settings(made, language)
    return made


def _fonts(latin: str, chinese: str) -> str:
    return f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{chinese}" w:cs="{latin}"/>'


def _lang(language: str) -> str:
    return f'<w:lang w:val="{_LATIN[language]}" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'


def _basic(language: str) -> tuple[str, ...]:
    """What each Word document has by itself: default character and table, no list, links."""
    text = _fonts(*_FONTS[language]["text"])
    return (
        ('<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/>'
        f'<w:uiPriority w:val="1"/><w:semiHidden/><w:rPr>{text}</w:rPr></w:style>'),
        ('<w:style w:type="character" w:styleId="Hyperlink"><w:name w:val="Hyperlink"/><w:uiPriority w:val="99"/>'
        '<w:rPr><w:color w:val="1F4E79"/></w:rPr></w:style>'),
        ('<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:uiPriority w:val="99"/>'
        f'<w:semiHidden/><w:rPr>{text}</w:rPr><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>'
        '<w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/>'
        "</w:tblCellMar></w:tblPr></w:style>"),
        '<w:style w:type="numbering" w:default="1" w:styleId="NoList"><w:name w:val="No List"/><w:semiHidden/></w:style>')


def _paragraph(row: tuple[str, str, str, str, str, int, bool, str, str], language: str) -> str:
    key, name, based, after, font, size, bold, colour, properties = row
    own = "" if name.lower().startswith(("normal", "body", "title", "subtitle", "heading", "toc", "caption", "list", "header", "footer")) \
        else ' w:customStyle="1"'
    default = ' w:default="1"' if key == "Normal" else ""
    kin = (f'<w:basedOn w:val="{based}"/>' if based else "") + (f'<w:next w:val="{after}"/>' if after else "")
    weight = "<w:b/><w:bCs/>" if bold else '<w:b w:val="0"/><w:bCs w:val="0"/>'
    return (f'<w:style w:type="paragraph"{default}{own} w:styleId="{key}"><w:name w:val="{name}"/>{kin}'
            f"{'<w:qFormat/>' if key in _QUICK else ''}<w:pPr>{properties}</w:pPr>"
            f'<w:rPr>{_fonts(*_FONTS[language][font])}{weight}<w:color w:val="{colour}"/>'
            f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>{_lang(language)}</w:rPr></w:style>')


def _lists(made: Any, language: str) -> None:
    """Numbered headings, bullets, numbered lists."""
    root = made.part.numbering_part.element
    for child in list(root):
        root.remove(child)
    levels = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Heading{i + 1}"/>'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="{indent}" w:hanging="{indent}"/></w:pPr></w:lvl>'
        for i, (text, indent) in enumerate((("%1", 480), ("%1.%2", 640))))
    root.append(element(f'<w:abstractNum w:abstractNumId="1"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'))
    latin, chinese = _FONTS[language]["text"]
    for key, form, text in ((BULLETS, "bullet", "•"), (NUMBERS, "decimal", "%1.")):
        style = "ListBullet" if key == BULLETS else "ListNumber"
        root.append(element(
            f'<w:abstractNum w:abstractNumId="{key}"><w:multiLevelType w:val="singleLevel"/><w:lvl w:ilvl="0"><w:start w:val="1"/>'
            f'<w:numFmt w:val="{form}"/><w:pStyle w:val="{style}"/><w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
            f'<w:pPr><w:ind w:left="400" w:hanging="300"/></w:pPr><w:rPr>{_fonts(latin, chinese)}</w:rPr></w:lvl></w:abstractNum>'))
    for key in (1, BULLETS, NUMBERS):
        root.append(element(f'<w:num w:numId="{key}"><w:abstractNumId w:val="{key}"/></w:num>'))


def _settings(made: Any, language: str) -> None:
    """Layout as today's Word does it; nothing left of the template: no picture of a first page, no second set of styles."""
    root = made.settings.element
    for one in root.iter("{*}compatSetting"):
        if one.get(one.tag.replace("compatSetting", "name")) == "compatibilityMode":
            one.set(one.tag.replace("compatSetting", "val"), "15")
    for one in root.iter("{*}themeFontLang"):
        one.set(one.tag.replace("themeFontLang", "val"), _LATIN[language])
        one.set(one.tag.replace("themeFontLang", "eastAsia"), "zh-CN")
    for owner in (made.part.package, made.part):
        for key, rel in list(owner.rels.items()):
            if rel.reltype.endswith(("/thumbnail", "/stylesWithEffects", "/customXml")):
                del owner.rels[key]
