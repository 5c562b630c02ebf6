"""What an upgrade of the SDK changed, told method by method."""

from pathlib import Path

import pytest

from jainam_prop.adapters.xts.sdk.check import CALLED, EXPECTED, MethodReport, check_sdk
from jainam_prop.adapters.xts.sdk.loading import SdkUnusableError


def test_every_expected_method_is_reported(stand_in: Path) -> None:
    reports = {report.name: report for report in check_sdk(stand_in)}

    assert reports.keys() == EXPECTED.keys()
    assert {name for name, report in reports.items() if report.called} == set(CALLED)


@pytest.mark.parametrize(
    ("method", "report"),
    [
        pytest.param(
            "def cancel_order(self, appOrderID, orderUniqueIdentifier, clientID=None): pass",
            MethodReport("cancel_order", called=False, present=True),
            id="as-expected",
        ),
        pytest.param(
            "def cancel_order(self, appOrderID, reason, clientID=None): pass",
            MethodReport("cancel_order", called=False, present=True, lost=("orderUniqueIdentifier",), new=("reason",)),
            id="other-parameters",
        ),
        pytest.param("cancel_order = 7", MethodReport("cancel_order", called=False, present=False), id="no-method"),
        pytest.param("pass", MethodReport("cancel_order", called=False, present=False), id="gone"),
    ],
)
def test_a_method_is_compared_by_its_parameters(tmp_path: Path, method: str, report: MethodReport) -> None:
    (tmp_path / "Connect.py").write_text(f"class XTSConnect:\n    {method}\n")
    found = {each.name: each for each in check_sdk(tmp_path)}

    assert found["cancel_order"] == report
    assert report.as_expected is (method.endswith("clientID=None): pass") and "reason" not in method)


def test_an_unusable_folder_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(SdkUnusableError):
        check_sdk(tmp_path)


def test_symphonys_own_sdk_is_as_expected(symphonys: Path) -> None:
    assert [report for report in check_sdk(symphonys) if not report.as_expected] == []
