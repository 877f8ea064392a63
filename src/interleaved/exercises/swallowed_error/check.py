"""Judge `swallowed_error`."""

from pathlib import Path

from interleaved.exercises.expecting import expect, failing, in_time, load

HINT = "an exception stays in its future until somebody asks for the result"


def check(file: Path) -> str:
    """The second of three files cannot be saved, and the caller hears of it."""
    answer = load(file, "save_all")
    saved: list[str] = []

    def save(name: str) -> None:
        if name == "b":
            raise OSError("the disk is full")
        saved.append(name)

    with failing(OSError, "one of three files was not saved, and nobody heard", HINT):
        in_time(
            lambda: answer.save_all(save, ["a", "b", "c"]),
            otherwise="it does not end",
            hint=HINT,
        )
    expect(sorted(saved) == ["a", "c"], f"only {saved} were saved", "save the others")
    return "one of three files was not saved, and its OSError reached the caller"
