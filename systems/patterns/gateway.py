"""The API gateway: who is asking? A request without a known key goes no further."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar

from systems.errors import Rejected
from systems.facts import Intervened
from systems.interface import Call, Request, System


@dataclass(eq=False)
class Gateway:
    """Lets a call through whose credential hashes to one of `keys_sha256`. The keys themselves are stored nowhere.

    Raises Rejected for any other call.
    """

    inner: System
    keys_sha256: tuple[str, ...]
    AROUND: ClassVar[tuple[str, ...]] = ("system",)
    LAYER: ClassVar[int] = 0

    def __post_init__(self) -> None:
        wrong = [key for key in self.keys_sha256 if len(key) != 64 or set(key) - set("0123456789abcdef")]
        if wrong:
            raise ValueError(f"keys_sha256: {len(wrong)} of {len(self.keys_sha256)} are no SHA-256 in lower-case hex")

    @property
    def name(self) -> str:
        return f"gateway({self.inner.name})"

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[str, None]:
        given = hashlib.sha256((call.credential or "").encode()).hexdigest()
        if not any([hmac.compare_digest(given, key) for key in self.keys_sha256]):  # a list: compares all, always
            call.record(Intervened("gateway", "refused: unknown key"))
            raise Rejected("the key is missing or unknown")
        async with aclosing(self.inner.stream(request, call)) as chunks:
            async for chunk in chunks:
                yield chunk
