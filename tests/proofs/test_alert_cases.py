"""`alert_tests` in a project whose program fails: pytest shows what to mend."""

from pathlib import Path

import pytest

from vigil_proofs import alert_tests


@pytest.mark.parametrize(
    ("stack", "program", "message"),
    [
        ("dev", "import shopp\n", r"(?s)stack 'dev': ModuleNotFoundError: No module named 'shopp'.*__main__\.py:1"),
        ("dev", "def f(:\n", r"SyntaxError: .*line 1"),
        ("live", "", r"there is no stack 'live' .* Stacks: dev"),
    ],
)
def test_a_program_that_fails_is_one_message_while_pytest_collects(
    tmp_path: Path, stack: str, program: str, message: str
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(program)
    with pytest.raises(pytest.Collector.CollectError, match=message):
        alert_tests(stack, root=tmp_path)
