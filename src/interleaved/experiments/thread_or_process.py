from interleaved import compare
from interleaved.machine_waits import start_process, start_thread

starts = compare({"a thread": start_thread, "a process": start_process})
print(starts)
