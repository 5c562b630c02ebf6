"""A folder with the shape of an OpenAlgo, in our words: just the pieces that an installation looks for."""

import hashlib
from pathlib import Path
from typing import Final

from jainam_prop.entrypoints.hosting.edits import BUTTON, LOGIN, UPDATES

BUILT: Final = "frontend/dist/assets/BrokerSelect-a1B2c3.js"
ENV: Final = (
    "# settings of a made-up host\n"
    "BROKER_API_KEY = 'made-up'\n"
    "VALID_BROKERS = 'zerodha,dhan'  # those that may log in\n"
    "REDIRECT_URL = 'http://127.0.0.1:5000/zerodha/callback'\n"
    "DATABASE_URL = 'sqlite:///db/openalgo.db'\n"
)
FILES: Final = {
    "app.py": "print('made up')\n",
    "broker/__init__.py": "",
    "broker/zerodha/plugin.json": "{}\n",
    "utils/plugin_loader.py": "",
    "utils/version.py": 'VERSION = "2.0.2.3"\n',
    "requirements.txt": "httpx==0.28.1\nreturns==0.0.1\nflask==3.0.0\n",
    LOGIN: 'def login(broker):\n    if broker == "x":\n        pass\n'
    '\n    else:\n        code = request.args.get("code") or request.args.get("request_token")\n        use(code)\n'
    "        # For brokers that have user_id and feed_token from authenticate_broker\n"
    '        if broker in ["angel", "dhan"]:\n',
    UPDATES: "import os\n\n_BROKER_FACTORIES: dict[str, tuple[str, str]] = {\n}\n",
    BUTTON: "const brokers = [\n  { id: 'jainamxts', name: 'JainamXts', authType: 'totp' },\n];\n"
    "    switch (id) {\n      case 'jainamxts':\n        return 'a'\n    }\n",
    BUILT: "var b=[{id:`jainamxts`,name:`JainamXts`,authType:`totp`}];switch(i){case`jainamxts`:f()}",
    f"{BUILT}.gz": "packed",
    f"{BUILT}.br": "packed smaller",
    ".env": ENV,
}


def make_host(folder: Path, *, newline: str = "\n", **changes: str | None) -> Path:
    """Make one with other contents of some files, None for none; files are named with ``_`` for ``/`` and ``.``."""
    for name, text in FILES.items():
        changed = changes.get(name.strip(".").replace("/", "_").replace(".", "_"), text)
        if changed is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(changed.replace("\n", newline).encode())
    for name, mode in (("app.py", 0o755), (".env", 0o600)):
        if (folder / name).exists():
            (folder / name).chmod(mode)
    return folder


def snapshot(folder: Path) -> dict[str, tuple[str, int]]:
    """Return every file and folder with a fingerprint of its content and its permissions."""
    return {
        path.relative_to(folder).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_mode & 0o7777,
        )
        for path in folder.rglob("*")
    }
