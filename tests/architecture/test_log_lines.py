"""Log lines survive OpenAlgo's log filter, which makes a text of every argument: ``%d`` would end in a traceback."""

from pathlib import Path

from tests.architecture.log_lines import log_lines


def test_every_log_line_formats_its_arguments_as_text() -> None:
    lines = list(log_lines())

    assert len(lines) > 30
    assert [line for line in lines if line.template is None or set(line.conversions) - {"%s"}] == []


def test_a_line_with_a_number_or_a_computed_template_is_found(tmp_path: Path) -> None:
    (tmp_path / "domain").mkdir()
    (tmp_path / "domain" / "breach.py").write_text('_LOG.info("%s: %.1f of 100 %%", 1, 2)\n_log.error(text)\n')

    number, computed = log_lines(tmp_path)

    assert (number.place, number.level, number.conversions) == ("domain/breach.py:1", "info", ["%s", "%.1f"])
    assert (computed.level, computed.template) == ("error", None)
