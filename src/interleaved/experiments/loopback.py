from interleaved import report
from interleaved.machine_waits import (
    echoing_process,
    file_of_pages,
    timed,
)

with file_of_pages() as file:
    report("a cached read", timed(file.read, 200), "s")
with echoing_process() as echo:
    assert echo() == b"?"
    report("a round trip", timed(echo, 200), "s")
