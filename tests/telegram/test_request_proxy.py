"""Proxies and TLS: real ones on localhost."""

import asyncio
import ipaddress
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from telegram.error import NetworkError

from bot.telegram.request import AiohttpRequest, ProxyUnusable
from tests.telegram.wire_server import Server, no_answer, serving, talking

USER, PASSWORD = "reader", "secret:word"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PEM file with a key and a certificate for 127.0.0.1 that no authority has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@contextmanager
def proxying(folder: Path, *options: str) -> Iterator[str]:
    """proxy.py in a process of its own; yields host:port."""
    port_file = folder / "port"
    command = [
        sys.executable,
        "-m",
        "proxy",
        "--hostname",
        "127.0.0.1",
        "--port",
        "0",
        "--port-file",
        port_file,
    ]
    with subprocess.Popen(
        [*map(str, command), "--num-workers", "1", "--num-acceptors", "1", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            until = time.monotonic() + 20
            while not (port_file.exists() and port_file.read_text().strip()):
                assert time.monotonic() < until
                assert process.poll() is None
                time.sleep(0.05)
            yield f"127.0.0.1:{port_file.read_text().strip()}"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def open_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with proxying(tmp_path_factory.mktemp("open")) as address:
        yield address


@pytest.fixture(scope="module")
def closed_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with proxying(tmp_path_factory.mktemp("closed"), "--basic-auth", f"{USER}:{PASSWORD}") as address:
        yield address


async def socks5(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection of a SOCKS5 proxy that knows one user (RFC 1928, RFC 1929)."""
    await reader.readexactly((await reader.readexactly(2))[1])
    writer.write(b"\x05\x02")
    user = await reader.readexactly((await reader.readexactly(2))[1])
    password = await reader.readexactly((await reader.readexactly(1))[0])
    known = (user, password) == (USER.encode(), PASSWORD.encode())
    writer.write(b"\x01\x00" if known else b"\x01\x01")
    if not known:
        return
    kind = (await reader.readexactly(4))[3]
    host = await reader.readexactly(4 if kind == 1 else (await reader.readexactly(1))[0])
    port = int.from_bytes(await reader.readexactly(2), "big")
    name = str(ipaddress.ip_address(host)) if kind == 1 else host.decode()
    try:
        far_reader, far_writer = await asyncio.open_connection(name, port)
    except OSError:
        writer.write(b"\x05\x05\x00\x01" + bytes(6))
        return
    writer.write(b"\x05\x00\x00\x01" + bytes(6))
    await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65536):
        writer.write(chunk)
    writer.close()


async def get(url: str, proxy: str | None = None, tls: ssl.SSLContext | None = None) -> int:
    async with AiohttpRequest(proxy=proxy, tls=tls) as request:
        return (await request.do_request(url, "POST", read_timeout=5))[0]


async def test_proxy_passes_requests_on(server: Server, open_proxy: str) -> None:
    assert await get(f"{server.root}/x", f"http://{open_proxy}") == 200
    assert [path for path, _ in server.seen] == ["/x"]
    assert "Via" in server.headers[0]


async def test_proxy_takes_credentials_from_its_address(server: Server, closed_proxy: str) -> None:
    assert await get(server.root, f"http://{USER}:secret%3Aword@{closed_proxy}") == 200
    assert "Proxy-Authorization" not in server.headers[0]


async def test_proxy_refuses_without_credentials(server: Server, closed_proxy: str) -> None:
    assert await get(server.root, f"http://{closed_proxy}") == 407
    assert server.seen == []


async def test_tls_goes_through_a_tunnel(certificate: Path, closed_proxy: str) -> None:
    async with serving(server_side(certificate)) as server:
        proxy = f"http://{USER}:secret%3Aword@{closed_proxy}"
        assert await get(server.root, proxy, ssl.create_default_context(cafile=certificate)) == 200
        assert "Via" not in server.headers[0]


async def test_refused_tunnel_was_not_sent(certificate: Path, closed_proxy: str) -> None:
    async with serving(server_side(certificate)) as server:
        with pytest.raises(NetworkError, match="the proxy answered 407") as caught:
            await get(server.root, f"http://{USER}:wrong@{closed_proxy}")

    assert (no_answer(caught.value).maybe_done, server.seen) == (False, [])


async def test_proxy_that_hangs_up_was_not_sent(certificate: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with talking(hang_up) as proxy:
        with pytest.raises(NetworkError, match="ServerDisconnectedError") as caught:
            await get("https://127.0.0.1:1", proxy)

    assert not no_answer(caught.value).maybe_done


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_proxy_that_is_down_was_not_sent(scheme: str) -> None:
    with pytest.raises(NetworkError, match=r"127\.0\.0\.1:1 ") as caught:
        await get("http://127.0.0.1:2", f"{scheme}://{USER}:hidden@127.0.0.1:1")

    assert not no_answer(caught.value).maybe_done
    assert "hidden" not in str(caught.value)


async def test_socks_proxy_passes_requests_on(server: Server, certificate: Path) -> None:
    async with talking(socks5) as root, serving(server_side(certificate)) as secure:
        proxy = root.replace("http://", f"socks5://{USER}:secret%3Aword@")
        assert await get(server.root, proxy) == 200
        assert await get(secure.root, proxy, ssl.create_default_context(cafile=certificate)) == 200
        with pytest.raises(NetworkError, match="CERTIFICATE_VERIFY_FAILED") as caught:
            await get(secure.root, proxy)

    assert not no_answer(caught.value).maybe_done


async def test_socks_proxy_that_refuses_was_not_sent(server: Server) -> None:
    async with talking(socks5) as root:
        with pytest.raises(NetworkError, match="ProxyError") as wrong_password:
            await get(server.root, root.replace("http://", f"socks5://{USER}:hidden@"))
        with pytest.raises(NetworkError, match="ProxyError") as nobody_there:
            await get("http://127.0.0.1:1", root.replace("http://", f"socks5://{USER}:secret%3Aword@"))

    failures = [no_answer(caught.value) for caught in (wrong_password, nobody_there)]
    assert [failure.maybe_done for failure in failures] == [False, False]
    assert "hidden" not in str(failures[0])


async def test_unsigned_certificate_is_refused_before_sending(certificate: Path) -> None:
    async with serving(server_side(certificate)) as server:
        with pytest.raises(NetworkError, match="CERTIFICATE_VERIFY_FAILED") as caught:
            await get(server.root)

        assert not no_answer(caught.value).maybe_done
        assert await get(server.root, tls=ssl.create_default_context(cafile=certificate)) == 200


@pytest.mark.parametrize(
    "proxy",
    ["", "localhost:8080", "ftp://u:hidden@h:1", "http://u:hidden@h", "socks5://:1", "http://u:hidden@h:x"],
)
def test_unusable_proxy_is_told_at_once_and_without_its_password(proxy: str) -> None:
    with pytest.raises(
        ProxyUnusable, match=r"^The proxy must be http://host:port or socks5://host:port"
    ) as caught:
        AiohttpRequest(proxy=proxy)

    assert "hidden" not in str(caught.value)


def test_missing_socks_package_is_told_at_once() -> None:
    script = """
import sys
sys.modules["aiohttp_socks"] = None
from bot.telegram.request import AiohttpRequest
AiohttpRequest(proxy="http://h:1")
try:
    AiohttpRequest(proxy="socks5://u:hidden@h:1")
except ValueError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert said == "A socks5:// proxy needs the package aiohttp-socks: pip install 'dumka[socks]'.\n"
