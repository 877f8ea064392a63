from interleaved import report
from interleaved.notifying import count_wake_ups

report("wake-ups by notify", count_wake_ups(wake_all=False))
report("wake-ups by notify_all", count_wake_ups(wake_all=True))
