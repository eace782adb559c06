"""Makes one SQLite database per organization in the folder given: `databases.py FOLDER SLUG=SECRET…`."""

import sqlite3
import sys
from pathlib import Path

folder, *organizations = sys.argv[1:]
for organization in organizations:
    slug, secret = organization.split("=")
    database = sqlite3.connect(Path(folder) / f"{slug}.db")
    database.execute("CREATE TABLE machines (id INTEGER PRIMARY KEY, name TEXT, site TEXT, state TEXT)")
    database.executemany(
        "INSERT INTO machines (name, site, state) VALUES (?, ?, ?)",
        [(f"{slug}-{n:03}", ("Oslo", "Lyon", "Osaka")[n % 3], ("running", "stopped")[n % 7 == 0]) for n in range(250)],
    )
    database.execute("CREATE TABLE secrets (id INTEGER PRIMARY KEY, secret TEXT)")
    database.execute("INSERT INTO secrets (secret) VALUES (?)", [secret])
    database.commit()
    database.close()
