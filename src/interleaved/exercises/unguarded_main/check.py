"""Judge `unguarded_main`."""

from pathlib import Path

from interleaved.exercises.expecting import Wrong, expect, run

HINT = "a new process imports the file: what may it not do then?"


def check(file: Path) -> str:
    """The program runs as a script, and its processes start by importing it."""
    ran = run(str(file), within=30)
    if ran is None:
        raise Wrong("the program did not end", HINT)
    if ran.returncode:
        last = (ran.stderr.strip().splitlines() or ["no message"])[-1]
        raise Wrong(f"the program failed, at last by {last}", HINT)
    expect(
        ran.stdout.split() == ["285"],
        f"the program printed {ran.stdout.strip()!r}, not '285'",
        "print the sum once, in the program itself",
    )
    text = file.read_text(encoding="utf-8")
    expect("ProcessPoolExecutor" in text, "there is no pool left", "keep the pool")
    return "the program printed 285, and its processes imported it in peace"
