"""An account that any thread may draw from."""

from threading import Lock


class Account:
    """Some money and its lock."""

    def __init__(self, balance: int) -> None:
        self.balance = balance
        self.lock = Lock()

    def withdraw(self, amount: int) -> None:
        """Take money, or raise ValueError if there is too little."""
        self.lock.acquire()
        if amount > self.balance:
            raise ValueError(f"there are only {self.balance}")
        self.balance -= amount
        self.lock.release()
