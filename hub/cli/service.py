"""`hub service`: run the hub for good, under systemd."""

import re
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from hub.cli.invocation import invocation
from hub.cli.output import Output
from hub.i18n import N_, _
from hub.secrets import CREDENTIAL

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=N_("Run it for good, under systemd"))

_USER: Final = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
_HIDDEN: Final = frozenset({"home", "root"})
"""Folders of the root that `ProtectHome` hides from a service."""

_UNIT: Final = """\
# Made by `hub service install --print`.
[Unit]
Description=interaction-hub: one history of every client
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
NotifyAccess=main
ExecStart={program} --config /var/lib/{user}/config/hub.toml serve
# The shell's own kill: a small system has no /bin/kill.
ExecReload=/bin/sh -c 'kill -HUP $MAINPID'
WatchdogSec=180
TimeoutStartSec=600
TimeoutStopSec=40
KillMode=mixed
Restart=on-failure
RestartSec=10
# A configuration that is wrong stays wrong.
RestartPreventExitStatus=2

User={user}
Group={user}
UMask=0077
StateDirectory={user}
StateDirectoryMode=0700
WorkingDirectory=/var/lib/{user}
# The key of the secrets, from /etc/credstore.encrypted/{credential}; where there is none, that in the state directory counts.
LoadCredentialEncrypted={credential}

# Nothing but the state directory can be written, nothing of other people seen, no right ever gained.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateMounts=yes
PrivateUsers=yes
PrivateIPC=yes
RemoveIPC=yes
DevicePolicy=closed
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
KeyringMode=private
SystemCallArchitectures=native
# Limits are set by the hub for the processes that read connections: setrlimit has to stay.
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @obsolete
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


@app.callback()
def service() -> None:
    pass


@app.command("install", help=N_("Print a unit for systemd, or say step by step how it is installed"))
def install_command(
    context: typer.Context,
    *,
    print_it: Annotated[bool, typer.Option("--print", help=N_("Print the unit and nothing else."))] = False,
    user: Annotated[
        str, typer.Option("--user", metavar="NAME", help=N_("The user of the system that it runs as."))
    ] = "hub",
) -> None:
    output = invocation(context).output
    if not _USER.fullmatch(user):
        raise typer.BadParameter(_("{name} cannot be the name of a user").format(name=user), param_hint="--user")
    program = Path(sys.executable).with_name("hub")
    if program.parts[1] in _HIDDEN:
        output.warn(
            _("{program} is in somebody's home folder, which services cannot see").format(program=program),
            fix=_("install the hub into /opt/hub, and call this command from there"),
        )
    if print_it:
        output.say(unit(program, user).removesuffix("\n"))
    else:
        _tell(output, program, user)


def unit(program: Path, user: str) -> str:
    """A unit for systemd 252 or newer (Debian 12), as closed as the hub's work allows."""
    return _UNIT.format(program=program, user=user, credential=CREDENTIAL)


def _tell(output: Output, program: Path, user: str) -> None:
    """The steps. None is done here: they need root, and a person who reads them."""
    home = f"/var/lib/{user}"
    config = f"{home}/config/hub.toml"
    steps = (
        (_("A user for it, and its folder:"),
         f"useradd --system --home-dir {home} --shell /usr/sbin/nologin {user}",
         f"install -d -m 700 -o {user} -g {user} {home} {home}/config"),
        (_("Your configuration in {file}, and its secrets:").format(file=config),
         f"runuser -u {user} -- {program} --config {config} secret set CONNECTION NAME",
         f"runuser -u {user} -- {program} --config {config} doctor"),
        (_("The key of the secrets, sealed to this machine (once all secrets are set):"),
         "install -d -m 700 /etc/credstore.encrypted",
         f"systemd-creds encrypt --name={CREDENTIAL} {home}/secrets.key /etc/credstore.encrypted/{CREDENTIAL}",
         f"shred -u {home}/secrets.key"),
        (_("The service:"),
         f"{program} service install --user {user} --print > /etc/systemd/system/{user}.service",
         "systemctl daemon-reload",
         f"systemctl enable --now {user}",
         f"journalctl -u {user} -f"),
    )  # fmt: skip
    output.say(_("As root:"))
    for what, *commands in steps:
        output.say()
        output.say(f"# {what}")
        for command in commands:
            output.say(command)
