"""What can go wrong, as a tree.

    Exception
    ├── ServiceError           the service gave no answer: respond() turns it into a failed Response
    │   ├── Unavailable        another try, or another service, may help
    │   │   ├── Transient      a timeout, a lost connection, a 5xx
    │   │   ├── CircuitOpen    a breaker refused to try
    │   │   └── RateLimited    too many requests; says when to come back
    │   └── Rejected           the same request would be refused again: a wrong key, a filtered prompt
    └── ConfigError            a description, a file or an argument is wrong: every fault at once, nothing was run

Anything else that leaves a service is a bug and stops the run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class ServiceError(Exception):
    """The service gave no answer."""


class Unavailable(ServiceError):
    """Another try, or another service, may help."""


class Transient(Unavailable):
    """A timeout, a lost connection, a server's own failure."""


class CircuitOpen(Unavailable):
    """A breaker refused to try."""


class RateLimited(Unavailable):
    """Too many requests. `retry_after_s` is how long to wait, in seconds, where it is known."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Rejected(ServiceError):
    """The same request would be refused again."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where it stands, what stands there, and what may stand there."""

    where: str
    what: str
    allowed: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f"; {self.allowed}" if self.allowed else "")


class ConfigError(Exception):
    """What was described or given is wrong. `faults` holds every fault found, one line each in the message."""

    def __init__(self, faults: Iterable[Fault] | Fault) -> None:
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
