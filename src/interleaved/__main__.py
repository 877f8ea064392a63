"""The command `interleaved`, also as `python -m interleaved`."""

from interleaved.cli import main

main(prog_name="interleaved")
