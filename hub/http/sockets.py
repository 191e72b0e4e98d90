"""Sockets: TCP, straight or through the connection's proxy, and TLS that is always verified.

Whatever fails is told as `Unreachable` or `AuthFailed`, in words that say what happened and what a person can do.
"""

import errno
import select
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hub.errors import AuthFailed, Misconfigured, Unreachable
from hub.http.proxies import Proxy
from hub.i18n import sentence

_LONGEST_ANSWER = 16 * 1024
"""Bytes of a proxy's answer to CONNECT."""


class NoAnswer(Unreachable):
    """Refused, reset or closed before there was an answer: the next attempt may fare better."""


@dataclass(frozen=True, slots=True)
class Sockets:
    """Opens sockets. `proxy(host, port)` is the way there; `ca_file` is trusted beside the system's store."""

    proxy: Callable[[str, int], Proxy | None]
    ca_file: Path | None = None

    def connect(self, host: str, port: int, *, timeout: float) -> socket.socket:
        """A TCP connection, plain so far; its time-out is `timeout` seconds for every read and write."""
        proxy = self.proxy(host, port)
        if proxy is None:
            return _dialled(host, port, timeout)
        try:
            return _tunnelled(_dialled(proxy.host, proxy.port, timeout), proxy, host, port)
        except Unreachable as error:
            why = sentence("no way through the proxy: {why}").format(why=error)
            raise type(error)(why, fix=error.fix) from error

    def start_tls(self, sock: socket.socket, host: str, context: Callable[[], ssl.SSLContext]) -> ssl.SSLSocket:
        """TLS over a plain connection, the server's name verified. The plain socket is closed when that fails.

        What the other side has said before the handshake could be anybody's, and would be taken for what it says
        after it (RFC 8314, appendix A; CVE-2011-0411): a connection with such bytes on it is given up.
        """
        try:
            _nothing_said(sock, host)
            with _told_tls(host):
                return context().wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise

    def context(self) -> ssl.SSLContext:
        """What is trusted: the system's store (or SSL_CERT_FILE, SSL_CERT_DIR), and `ca_file`. TLS 1.2 or newer."""
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.ca_file is not None:
            try:
                context.load_verify_locations(cafile=self.ca_file)
            except (OSError, ssl.SSLError) as error:
                text = sentence("the certificates in {file} cannot be read: {problem}")
                raise Misconfigured(
                    text.format(file=self.ca_file, problem=error.strerror or error),
                    setting="ca_file",
                    fix=sentence("name a file with certificates in PEM form, or take `ca_file` out"),
                ) from error
        return context


def _nothing_said(sock: socket.socket, host: str) -> None:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    if poll.poll(0):
        text = sentence("{host} spoke out of turn before TLS began: somebody may be meddling with the connection")
        raise Unreachable(text.format(host=host), fix=sentence("use the port that speaks TLS from the start"))


# --- TCP -------------------------------------------------------------------------------------------------------------


def _dialled(host: str, port: int, timeout: float) -> socket.socket:
    with _told_tcp(f"{host}:{port}", timeout):
        sock = socket.create_connection((host, port), timeout=timeout)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


@contextmanager
def _told_tcp(whom: str, timeout: float) -> Iterator[None]:
    """Failures to connect, told of `whom`."""
    try:
        yield
    except socket.gaierror as error:
        text = sentence("the name of {whom} cannot be found")
        kind = NoAnswer if error.errno == socket.EAI_AGAIN else Unreachable
        raise kind(text.format(whom=whom), fix=sentence("correct the name, or look after the name server")) from error
    except TimeoutError as error:
        text = sentence("{whom} does not answer within {seconds} s")
        fix = sentence("see whether a firewall is between, or a proxy is needed")
        raise Unreachable(text.format(whom=whom, seconds=f"{timeout:g}"), fix=fix) from error
    except ConnectionRefusedError as error:
        text = sentence("{whom} refuses the connection")
        raise NoAnswer(
            text.format(whom=whom), fix=sentence("see whether the server runs and the port is right")
        ) from error
    except OSError as error:
        text = sentence("{whom} cannot be reached: {problem}")
        kind = Unreachable if error.errno == errno.EACCES else NoAnswer
        problem = error.strerror or type(error).__name__
        raise kind(text.format(whom=whom, problem=problem), fix=sentence("see whether the network works")) from error


def _tunnelled(sock: socket.socket, proxy: Proxy, host: str, port: int) -> socket.socket:
    """The connection, once the proxy has made it a tunnel (RFC 9110, 9.3.6). It is closed when that fails."""
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    lines += [f"Proxy-Authorization: {proxy.credentials}"] if proxy.credentials else []
    try:
        with _told_tcp(str(proxy), sock.gettimeout() or 0):
            sock.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
            _judge(_status(_answer(sock)), proxy, target)
    except BaseException:
        sock.close()
        raise
    return sock


def _judge(status: int, proxy: Proxy, target: str) -> None:
    if status == 407:
        fix = sentence("correct the user in `proxy`, and `proxy_password`")
        raise AuthFailed(sentence("the proxy {proxy} does not accept the credentials").format(proxy=proxy), fix=fix)
    if not 200 <= status < 300:
        text = sentence("{proxy} makes no connection to {target}: it answers {status}")
        fix = sentence("see what the proxy allows")
        raise Unreachable(text.format(proxy=proxy, target=target, status=status or "something else"), fix=fix)


def _answer(sock: socket.socket) -> bytes:
    """The head of the proxy's answer, byte by byte: what follows it belongs to the tunnel."""
    answer = bytearray()
    while not answer.endswith(b"\r\n\r\n") and len(answer) < _LONGEST_ANSWER:
        byte = sock.recv(1)
        if not byte:
            break
        answer += byte
    return bytes(answer)


def _status(answer: bytes) -> int:
    words = answer.partition(b"\r\n")[0].split(b" ")
    known = answer.endswith(b"\r\n\r\n") and words[0].startswith(b"HTTP/1.") and len(words) > 1
    return int(words[1]) if known and words[1].isdigit() else 0


# --- TLS -------------------------------------------------------------------------------------------------------------


@contextmanager
def _told_tls(host: str) -> Iterator[None]:
    """Failures of a handshake, told of `host`. Codes: openssl-verification-options(1) and x509_vfy.h."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        text, fix = _doubt(error)
        raise Unreachable(text.format(host=host, problem=error.verify_message), fix=fix) from error
    except ssl.SSLError as error:
        text = sentence("no TLS connection to {host}: {problem}")
        fix = sentence("see whether this port speaks TLS, and whether the server's TLS is of this century")
        raise Unreachable(text.format(host=host, problem=error.reason or error), fix=fix) from error
    except TimeoutError as error:
        text = sentence("{host} does not finish the TLS handshake")
        raise Unreachable(text.format(host=host), fix=sentence("see whether this port speaks TLS")) from error
    except OSError as error:
        text = sentence("{host} closed the connection during the TLS handshake")
        raise NoAnswer(text.format(host=host), fix=sentence("see whether this port speaks TLS")) from error


def _doubt(error: ssl.SSLCertVerificationError) -> tuple[str, str]:
    """(what is wrong with the certificate, what to do)."""
    match error.verify_code:
        case 10:
            return sentence("the certificate of {host} has expired"), sentence("have it renewed at the server")
        case 9:
            return sentence("the certificate of {host} is not valid yet"), sentence(
                "see whether this machine's clock is right"
            )
        case 62 | 64:
            fix = sentence("write the host as the certificate names it; never switch the check off")
            return sentence("the certificate is not one for {host}: {problem}"), fix
        case 2 | 18 | 19 | 20 | 21:
            fix = sentence("put the certificate of your own authority into `ca_file`, if that is right")
            return sentence("nobody we trust vouches for the certificate of {host}: {problem}"), fix
        case _:
            return sentence("the certificate of {host} cannot be trusted: {problem}"), sentence(
                "have it renewed at the server"
            )
