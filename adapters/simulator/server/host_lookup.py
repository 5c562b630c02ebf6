"""Host lookup: the step before login on servers that move their interactive application from day to day.

The address that it hands out has no path, and below such an address the application answers without its prefix.
"""

import secrets
import threading
from typing import Final

from jainam_prop.adapters.simulator.http.messages import Reply, Request, failure, success

PATH: Final = "/hostlookup"


class HostLookup:
    """Hands out the address of the interactive application to whoever knows the access password."""

    def __init__(self, password: str) -> None:
        self._password = password
        self._lock = threading.Lock()
        self._unique_keys: set[str] = set()

    def answer(self, request: Request, base_url: str) -> Reply:
        """Answer a lookup; the password's name is accepted in both spellings that clients use."""
        fields = request.fields()
        given = fields.get("accesspassword", fields.get("AccessPassword"))
        if request.method != "POST" or given != self._password:
            return failure("e-hostlookup", "Invalid access password")
        key = secrets.token_hex(8)
        with self._lock:
            self._unique_keys.add(key)
        result = {"uniqueKey": key, "connectionString": base_url, "timeStamp": "0", "remarks": ""}
        return success("hostlookup", "Hostlookup successful", result)

    def admits(self, request: Request) -> bool:
        """Whether a request to the address that was handed out may pass: a login must carry a key from here."""
        if request.method != "POST" or request.path != "/user/session":
            return True
        return str(request.fields().get("uniqueKey")) in self._unique_keys
