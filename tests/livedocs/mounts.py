"""Commands with mounts of their own, which nobody else sees and which end with them."""

import subprocess

INSIDE = ("unshare", "--map-root-user", "--mount", "sh", "-euc")
"""Goes before a script, a name for it, and its arguments."""


def can_mount() -> bool:
    """Whether this user may have mounts of its own."""
    command = [*INSIDE, "mount -t tmpfs none /mnt"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
