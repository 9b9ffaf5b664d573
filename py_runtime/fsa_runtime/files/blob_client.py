"""Files to and from the orchestrator, each under its SHA-256: the other end of src/workers/blobs.

A transfer that is cut goes on where it stopped. Of the standard library alone: the pilot uses it, too.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from fsa_runtime.files.blob_address import BlobAddress

PIECE_BYTES = 1 << 20
TIMEOUT_SECONDS = 60.0
AGAIN_AFTER_SECONDS = 1.0
# Trouble with a disk of this machine: no other try at the network mends it.
OWN_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
WRONG_PLACE = 409
WRONG_CONTENT = 422

T = TypeVar("T")


class BlobError(Exception):
    """Why files cannot be had or sent: one sentence."""


class BlobRefusedError(BlobError):
    """The server answered, and will not do it."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class NamedBlob(NamedTuple):
    """A file of a folder."""

    name: str
    sha256: str


def _nothing(_count: int) -> None:
    pass


class BlobClient:
    """One connection, opened again where it breaks. For one thread.

    `patience_seconds`: so long it tries without a byte being moved before it gives up.
    """

    def __init__(self, address: BlobAddress, *, patience_seconds: float = 90.0) -> None:
        self._address = address
        self._patience_seconds = patience_seconds
        self._connection: http.client.HTTPSConnection | None = None
        self._moved_at = time.monotonic()

    def fetch(self, sha256: str, path: Path, on_bytes: Callable[[int], None] = _nothing) -> None:
        """Makes `path` that file; what is there already is taken for its beginning.

        Raises BlobError, and OSError at once where the disk here takes no more.

        `on_bytes` hears how many bytes came, and may raise to stop.
        """
        for last in (False, True):
            with FileIO(path, "a+") as file:
                found = self._patiently(lambda f=file: self._fetch_rest(sha256, f, on_bytes))  # type: ignore[misc]
            if found == sha256:
                return
            path.unlink()
            if last:
                raise BlobError(
                    f"what came is not the file of SHA-256 {sha256[:12]}…: it changed on its way,"
                    " or since the job was planned."
                )

    def send(self, path: Path, sha256: str, on_bytes: Callable[[int], None] = _nothing) -> None:
        """Sends a file, as far as it is not there yet. Raises BlobError."""
        size = path.stat().st_size
        for last in (False, False, True):
            try:
                self._patiently(lambda: self._send_rest(path, sha256, size, on_bytes))
            except BlobRefusedError as refused:
                if last or refused.status not in (WRONG_PLACE, WRONG_CONTENT):
                    raise
            else:
                return

    def list_folder(self, path: str) -> list[NamedBlob]:
        """What lies below a folder that the job writes. Raises BlobError."""

        def ask() -> list[NamedBlob]:
            with self._ask("GET", f"/folders?path={quote(path, safe='')}") as response:
                files = json.loads(response.read())["files"]
            return [NamedBlob(file["name"], file["sha256"]) for file in files]

        return self._patiently(ask)

    def place(self, path: str, files: list[NamedBlob], removes: list[str]) -> None:
        """Lets what was sent become a folder, or one file where its name is empty. Raises BlobError."""
        data = {"path": path, "files": [file._asdict() for file in files], "removes": removes}
        body = json.dumps(data).encode()

        def ask() -> None:
            with self._ask("PUT", "/folders", body):
                pass

        self._patiently(ask)

    def add_to_log(self, text: bytes, offset: int) -> int:
        """Sends the log's next bytes; how many are there now. Raises BlobError."""

        def ask() -> int:
            with self._ask("POST", "/log", text, {"upload-offset": str(offset)}) as response:
                return int(response.getheader("upload-offset") or 0)

        return self._patiently(ask)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _fetch_rest(self, sha256: str, file: FileIO, on_bytes: Callable[[int], None]) -> str:
        digest = hashlib.sha256()
        buffer = memoryview(bytearray(PIECE_BYTES))
        file.seek(0)
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
        start = file.tell()
        headers = {"range": f"bytes={start}-"} if start > 0 else {}
        with self._ask("GET", f"/blobs/{sha256}", None, headers) as response:
            while count := response.readinto(buffer):
                file.write(buffer[:count])
                digest.update(buffer[:count])
                self._moved(count, on_bytes)
            if response.length:
                raise http.client.IncompleteRead(b"", response.length)
        return digest.hexdigest()

    def _send_rest(self, path: Path, sha256: str, size: int, on_bytes: Callable[[int], None]) -> None:
        with self._ask("HEAD", f"/uploads/{sha256}") as response:
            if response.getheader("upload-complete") is not None:
                return
            offset = int(response.getheader("upload-offset") or 0)
        headers = {
            "content-length": str(size - offset),
            "upload-offset": str(offset),
            "upload-length": str(size),
        }

        def pieces() -> Iterator[bytes]:
            with FileIO(path) as file:
                file.seek(offset)
                while piece := file.read(PIECE_BYTES):
                    yield piece
                    self._moved(len(piece), on_bytes)

        with self._ask("PATCH", f"/uploads/{sha256}", pieces(), headers):
            pass

    def _moved(self, count: int, on_bytes: Callable[[int], None]) -> None:
        self._moved_at = time.monotonic()
        on_bytes(count)

    def _patiently(self, work: Callable[[], T]) -> T:
        """Does it again after a cut, as long as something moves now and then."""
        self._moved_at = time.monotonic()
        while True:
            try:
                return work()
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if isinstance(error, OSError) and error.errno in OWN_DISK:
                    raise
                if time.monotonic() - self._moved_at > self._patience_seconds:
                    host, port = self._address[:2]
                    raise BlobError(
                        f"files cannot be had from {host}:{port} ({error or type(error).__name__})."
                    ) from error
                time.sleep(AGAIN_AFTER_SECONDS)
            except BaseException:
                # Between two words of a conversation nothing else can be said.
                self.close()
                raise

    def _ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> http.client.HTTPResponse:
        connection = self._connected()
        own = {"authorization": f"Bearer {self._address.token}", **(headers or {})}
        # Where it does not want the rest, it may have said why.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, path, body, own)
        response = connection.getresponse()
        if response.status < 300:
            return response
        words = response.read(1000).decode("utf-8", "replace")
        self.close()
        raise BlobRefusedError(
            f"the machine fsa runs on refuses {method} {path.partition('?')[0]}: {words}.", response.status
        )

    def _connected(self) -> http.client.HTTPSConnection:
        """To the one server whose certificate we were told; nothing is said to another."""
        if self._connection is not None:
            return self._connection
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # it is compared below, which says more
        host, port, fingerprint, _ = self._address
        connection = http.client.HTTPSConnection(host, port, context=context, timeout=TIMEOUT_SECONDS)
        connection.connect()
        certificate = connection.sock.getpeercert(binary_form=True) or b""
        if not hmac.compare_digest(hashlib.sha256(certificate).hexdigest(), fingerprint):
            connection.close()
            raise BlobError(f"{host}:{port} is not the machine fsa runs on: it shows another certificate.")
        self._connection = connection
        return connection
