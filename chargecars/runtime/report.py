"""What somebody who just started the system wants to know."""

import json
from typing import Any

from chargecars.environment import Environment
from chargecars.runtime.configuration import Configuration


def started(configuration: Configuration, seconds: float) -> str:
    address = Environment().text("PUBLIC_BASE_URL", f"http://localhost:{configuration.port}")
    rows = [
        ("Back office", f"{address}/admin/"),
        ("API", f"{address}/api/v1/docs"),
        ("Health", f"{address}/health/ready"),
        *_demo_rows(configuration),
        ("Data and logs", str(configuration.data_dir)),
        ("Database", "embedded" if configuration.embedded_database else "as DATABASE_URL says"),
    ]
    width = max(len(name) for name, _ in rows)
    lines = [f"  {name:<{width}}  {value}" for name, value in rows]
    notes = [f"  ! {note}" for note in configuration.notes]
    return "\n".join(["", f"ChargeCars runs (started in {seconds:.1f} s). Ctrl-C stops it.", "", *lines, *notes, ""])


def _demo_rows(configuration: Configuration) -> list[tuple[str, str]]:
    if configuration.production:
        return []
    try:
        demo: dict[str, Any] = json.loads((configuration.data_dir / "demo.json").read_text())
    except FileNotFoundError:
        return [("Admin login", "none yet: manage.py createsuperuser, or make demo")]
    rows = []
    admin = demo.get("users", {}).get("admin")
    if admin:
        rows.append(("Admin login", f"{admin['username']}  password: {admin['password']}"))
    for name, partner in list(demo.get("partners", {}).items())[:1]:
        rows.append((f"Partner {name}", f"API key: {partner['api_key']}"))
    return rows
