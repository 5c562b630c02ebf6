"""Findings as a table, as JSON values, and as an answer."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from jainam_prop.entrypoints.cli.answer import Answer, refusal, success
from jainam_prop.entrypoints.cli.views.tables import DataTable, counted
from jainam_prop.entrypoints.finding import Finding, Verdict

_MARK: Final = {
    Verdict.GOOD: Text("✓ ok", style="green"),
    Verdict.CAUTION: Text("! caution", style="yellow"),
    Verdict.PROBLEM: Text("✗ problem", style="bold red"),
}


def findings_view(title: str, findings: Iterable[Finding]) -> RenderableType:
    """Show findings with their next steps."""
    made = DataTable(title, "Check", "", "~Found", "~Next step")
    for one in findings:
        made.add_row(one.check, _MARK[one.verdict], one.found, Text(one.next_step, style="bold"))
    return made


def findings_document(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Write findings as JSON values."""
    return [
        {"check": one.check, "verdict": one.verdict.value, "found": one.found, "next_step": one.next_step}
        for one in findings
    ]


def findings_answer(title: str, findings: Sequence[Finding], ready: str, what: str = "") -> Answer:
    """Answer with findings; a problem among them is a refusal, otherwise ``ready`` says what for."""
    problems = sum(finding.verdict is Verdict.PROBLEM for finding in findings)
    view, data = findings_view(title, findings), findings_document(findings)
    if not problems:
        return success(data, view, ready)
    return refusal(f"{counted(problems, 'problem')} in the way{what}.", "unwell", data=data, view=view)
