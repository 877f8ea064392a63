"""The press: it runs the blocks of Markdown pages and prints what they did.

A page is read (`page`), each of its scripts is run in a child interpreter
(`runner`, `child/`), what the run left is kept as a record (`record`), an
independent parser proves that no fence was passed over (`audit`), and the
records are put into the pages (`finish`). `plugin` joins all of it to pytest
and pytest-codeblocks; `python -m livedocs` is the rest of the face.
"""
