"""Twenty secrets are planted, and everything that the hub says is read through: nobody finds one.

Every server answers with what it was sent, credentials and all, as a server in trouble does.
"""

import contextvars
import io
import json
import re
import signal
import socketserver
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hub import settings
from hub.cli.main import run
from hub.engine.desk import Desk
from hub.engine.hub import opened as opened_hub
from hub.grants import Grant
from hub.plugins import load
from hub.secrets import Vault
from hub.testing import canaries
from tests.e2e.test_serve import free_port

IN_ADDRESSES = (0, 2, 3, 5, 6, 8, 9, 12, 18, 19)
C = {f"c{n:02}": f"canary{n:02}-0123456789abcdef" if n in IN_ADDRESSES else f"canary{n:02}/é+zQ==" for n in range(20)}
"""Some as they stand in addresses, some with what has to be escaped there."""

TOML = """
[company]
name = "ООО «Мы»"
domains = ["my.example"]
timezone = "Europe/Moscow"
language = "ru"
[sync]
every = "10s"
[web]
listen = "127.0.0.1:{web}"
[notices]
url = "json://admin:{c00}@127.0.0.1:{http}/{c03}"
[connections.mail]
connector = "email.imap"
host = "127.0.0.1"
port = {imap}
security = "none"
address = "anna@my.example"
password = "${{secret:password}}"
hook_secret = "{c06}"
[connections.boxes]
connector = "email.imap"
host = "127.0.0.1"
port = {imap}
security = "none"
mailboxes_file = "boxes.csv"
[connections.calendar]
connector = "calendar.caldav"
url = "http://127.0.0.1:{http}/dav"
address = "anna@my.example"
password = "${{env:CANARY_04}}"
[connections.yandex]
connector = "calendar.caldav"
url = "http://127.0.0.1:{http}/dav"
[connections.yandex.yandex360]
organisation = 1
client_id = "a"
client_secret = "${{file:c05}}"
directory_token = "${{secret:directory}}"
directory_url = "http://127.0.0.1:{http}"
admin_url = "http://127.0.0.1:{http}"
token_url = "http://127.0.0.1:{http}"
[connections.bitrix]
connector = "crm.bitrix24"
webhook = "http://127.0.0.1:{http}/rest/1/${{secret:webhook}}/"
hook_secret = "{c09}"
[connections.portal]
connector = "crm.bitrix24"
portal = "http://127.0.0.1:{http}"
authority = "http://127.0.0.1:{http}"
client_id = "app"
client_secret = "${{secret:portal}}"
[connections.amo]
connector = "crm.amocrm"
account = "http://127.0.0.1:{http}"
token = "${{secret:amo}}"
hook_secret = "{c12}"
[connections.own]
connector = "crm.amocrm"
account = "http://127.0.0.1:{http}"
client_id = "11111111-2222-3333-4444-555555555555"
client_secret = "${{secret:own}}"
proxy = "http://hub@127.0.0.1:{http}"
proxy_password = "${{secret:proxy}}"
"""
SECRETS = {("mail", "password"): "c01", ("yandex", "directory"): "c07", ("bitrix", "webhook"): "c02",
           ("portal", "portal"): "c10", ("amo", "amo"): "c11", ("own", "own"): "c13",
           ("own", "proxy"): "c14"}  # fmt: skip


class Mirror(BaseHTTPRequestHandler):
    """Says no in many ways, and quotes the whole request each time."""

    statuses = (401, 403, 400, 500, 429, 200)
    asked = 0

    def _answer(self):
        sent = self.rfile.read(int(self.headers.get("content-length") or 0)).decode(errors="replace")
        said = f"{self.command} {self.path} {dict(self.headers)} {sent}"
        type(self).asked += 1
        body = json.dumps({"error": "expired_token", "error_description": said, "title": said, "detail": said,
                           "hint": said, "message": said, "result": said}, ensure_ascii=False).encode()  # fmt: skip
        self.send_response(self.statuses[self.asked % len(self.statuses)], "No")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PROPFIND = do_REPORT = do_OPTIONS = _answer  # noqa: N815 - the library's names

    def log_message(self, *_said):
        return


class Echo(socketserver.StreamRequestHandler):
    """A mail server that quotes what it does not like."""

    def handle(self):
        self.wfile.write(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready\r\n")
        for line in self.rfile:
            tag, _, said = line.strip().partition(b" ")
            word = said.split(b" ")[0].upper()
            if word == b"CAPABILITY":
                self.wfile.write(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n" + tag + b" OK done\r\n")
            else:
                self.wfile.write(tag + b" NO [AUTHENTICATIONFAILED] you said " + said + b"\r\n")


class Mail(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


@pytest.fixture
def outside():
    """Ports of the mirror and the echo."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Mirror), Mail(("127.0.0.1", 0), Echo)]
    threads = [threading.Thread(target=one.serve_forever, daemon=True) for one in servers]
    for thread in threads:
        thread.start()
    yield {"http": servers[0].server_address[1], "imap": servers[1].server_address[1]}
    for one in servers:
        one.shutdown()
        one.server_close()


@pytest.fixture
def home(outside, tmp_path, monkeypatch):
    """A folder with a configuration, secrets of every kind, and a sign-in that was given."""
    folder = tmp_path
    for name, value in {
        "HUB_CONFIG": str(folder / "hub.toml"),
        "HUB_LANG": "en",
        "LANGUAGE": "",
        "CANARY_04": C["c04"],
    }.items():
        monkeypatch.setenv(name, value)
    (folder / "hub.toml").write_text(TOML.format(web=free_port(), **outside, **C), "utf-8")
    (folder / "boxes.csv").write_text(f"address;password\nboris@my.example;{C['c08']}\n", "utf-8")
    (folder / "c05").write_text(C["c05"], "utf-8")
    for name in ("hub.toml", "boxes.csv", "c05"):
        (folder / name).chmod(0o600)
    for (connection, name), canary in SECRETS.items():
        Vault(folder, {}).put(connection, name, C[canary])
    config = settings.load(folder / "hub.toml")
    with opened_hub(config, load(one.connector for one in config.connections)) as hub:
        grant = Grant(C["c15"], C["c16"], datetime.now(UTC) + timedelta(hours=1), {"more": C["c17"]})
        Desk(hub, config.connection("portal")).begin(grant)
    return folder


WORDS = [
    ("config", "check"), ("config", "show"), ("sync",), ("status",), ("status", "--json"), ("doctor",),
    ("doctor", "bitrix"), ("doctor", "amo"), ("doctor", "mail"), ("doctor", "own"), ("audit",),
    ("secret", "list"), ("plugins",), ("quarantine", "list"), ("dump",), ("service", "install", "--print"),
]  # fmt: skip


def called(*words):
    """What `hub` says to these words, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        contextvars.copy_context().run(run, list(words))
    return out.getvalue() + err.getvalue()


def said(started, home):
    """What everything said, by its name."""
    found = {" ".join(words): called(*words) for words in WORDS}
    called("diagnostics", "--out", str(home / "bundle.zip"))
    with zipfile.ZipFile(home / "bundle.zip") as archive:
        found["diagnostics"] = "\n".join(archive.read(name).decode() for name in archive.namelist())
    called("db", "backup", str(home / "backup.db"))
    found |= served(started, home)
    for path in (home / "backup.db", *(home / "data").iterdir()):
        found[path.name] = path.read_bytes().decode("latin-1") + path.read_bytes().decode("utf-8", "ignore")
    return found


def served(started, home):
    found = {}
    process = started("serve", config=home / "hub.toml")
    web = re.search(r'listen = "127.0.0.1:(\d+)"', (home / "hub.toml").read_text("utf-8"))[1]
    deadline = time.monotonic() + 60
    while '"ready":true' not in _asked(web, "/readyz").replace(" ", ""):
        assert time.monotonic() < deadline, process.poll()
        time.sleep(0.2)
    asked = {
        "ring": f"/hooks/bitrix/{C['c09']}", "wrong ring": f"/hooks/amo/{C['c18']}",
        "callback": f"/connect/callback?state=s&code={C['c19']}", "nowhere": "/c/" + C["c06"],
        "metrics": "/metrics",
    }  # fmt: skip
    for name, path in asked.items():
        found[name] = _asked(web, path, b"auth[application_token]=" + C["c12"].encode() if "ring" in name else None)
    found["argv"] = "\n".join(_lines(process.pid))
    time.sleep(2)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    found["serve"] = out + err
    return found


def _lines(pid):
    """The command lines of a process and of all below it."""
    yield Path(f"/proc/{pid}/cmdline").read_text("utf-8")
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            yield from _lines(child)
        except OSError:
            continue


def _asked(port, path, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{urllib.parse.quote(path, safe='/?&=+')}", body)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return f"{answer.headers}{answer.read().decode()}"
    except urllib.error.HTTPError as error:
        return f"{error.headers}{error.read().decode()}"
    except OSError:
        return ""


def test_of_twenty_canaries_none_is_found_in_anything_that_the_hub_says(started, home):
    found = said(started, home) | {"secrets.json": (home / "secrets.json").read_text("utf-8")}
    hits = {name: caught for name, text in found.items() if (caught := canaries.found(set(C.values()), text))}
    assert hits == {}
    silent = {name for name, text in found.items() if not text}
    assert silent <= {"hub.db-serve", "dump"}, silent
    assert Mirror.asked > 10, "the servers were asked"
    assert {"bitrix", "amo", "mail"} <= set(re.findall(r"\w+", found["status"])), "it is said whom it is about"
