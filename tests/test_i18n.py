"""Languages: which one is spoken, and that nothing is left in English."""

import gettext
import subprocess
import sys

import pytest

from sim import i18n
from sim.i18n import _, detect, ngettext, speaking


@pytest.mark.parametrize(("arguments", "environment", "language"), [
    (["--lang", "zh"], {"LANG": "en_US.UTF-8"}, "zh"),
    (["compare", "--lang=en"], {"NINE_DRAGONS_LANG": "zh"}, "en"),
    (["--lang", "en", "compare", "--lang", "zh"], {}, "zh"),            # the last one counts, as with every option
    (["compare", "--lang"], {"LANG": "zh_CN.UTF-8"}, "zh"),
    (["compare", "--lang", "fr"], {"LANG": "zh_CN.UTF-8"}, "zh"),       # refused later, in the reader's language
    (["compare", "--", "--lang", "zh"], {"LANG": "C"}, "en"),
    ([], {"NINE_DRAGONS_LANG": "zh", "LANG": "en_US.UTF-8"}, "zh"),
    ([], {"NINE_DRAGONS_LANG": "fr", "LANG": "zh_TW.UTF-8"}, "zh"),
    ([], {"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),       # LC_ALL is stronger than LANG
    ([], {"LC_ALL": "", "LC_MESSAGES": "zh_CN", "LANG": "C"}, "zh"),
    ([], {}, "en"),
])
def test_the_language_is_that_of_the_option_then_the_variable_then_the_locale(arguments, environment, language):
    assert detect(arguments, environment) == language


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="no language 'fr'"):
        i18n.set_language("fr")


def test_speaking_puts_the_language_back_even_after_an_error():
    with pytest.raises(KeyError), speaking("zh"):
        raise KeyError
    assert i18n.language() == "en"


def test_texts_come_out_in_the_language_in_use():
    with speaking("zh"):
        assert _("not distinguishable") == "无显著差异"
        assert {ngettext("{number} replication.", "{number} replications.", n) for n in (1, 2)} == {"重复仿真 {number} 次。"}
    assert _("not distinguishable") == "not distinguishable"
    assert ngettext("{number} replication.", "{number} replications.", 1) == "{number} replication."


def test_an_empty_text_stays_empty():
    with speaking("zh"):
        assert _("") == ""          # gettext's own answer would be the head of the catalogue


def test_library_texts_leave_the_process_as_it_was(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "de")
    before = gettext.textdomain()
    with speaking("zh"), i18n.library_texts():
        assert gettext.gettext("expected one argument") == "缺少一个值"
    assert gettext.textdomain() == before
    assert gettext.gettext("expected one argument") == "expected one argument"


@pytest.mark.slow
def test_every_text_has_its_chinese_and_the_same_placeholders(root):
    command = [sys.executable, "tools/messages.py", "--check"]
    found = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_a_text_is_never_translated_at_import(root):
    """A module that calls `_` while it is imported would freeze the language of that moment."""
    code = ("import sim.i18n as i, sys\n"
            "def refuse(text): raise AssertionError(text)\n"
            "i._ = refuse; i.ngettext = refuse\n"
            "import importlib, pkgutil, sim\n"
            "for m in pkgutil.walk_packages(sim.__path__, 'sim.'):\n"
            "    if m.name != 'sim.__main__': importlib.import_module(m.name)\n")
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_measures_bear_the_names_of_the_trade():
    """The name that is shown is the one written beside the formula."""
    from sim.measures import MEASURES

    for measure in MEASURES.values():
        assert measure.title == measure.name.format(**measure.fill)
        with speaking("zh"):
            assert measure.title == measure.chinese.format(**measure.fill)
