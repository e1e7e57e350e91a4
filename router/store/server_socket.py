"""Where the embedded server's socket is, so that every process of one data folder finds it."""

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

from router.model.errors import StartError

# sockaddr_un holds 107 bytes on Linux and 103 on macOS; a path that fits both needs no second thought.
LONGEST_PATH = 103
NAME = "redis.sock"


def server_home(folder: Path) -> Path:
    """The folder inside of the data folder `folder` that holds the server's files."""
    return folder.resolve() / "redis"


def socket_path(folder: Path) -> Path:
    """The socket of the server on the data folder `folder`, whether it runs or not.

    In a folder too deep for a socket's path, a link in the data folder tells where the last server put its socket.
    """
    direct = server_home(folder) / NAME
    if _fits(direct):
        return direct
    return direct.readlink() if direct.is_symlink() else _runtime_folder(direct) / NAME


def server_url(folder: Path) -> str:
    """Where clients of the server on the data folder `folder` connect: `unix://` and the socket's path."""
    return f"unix://{quote(str(socket_path(folder)))}"


def place_socket(folder: Path) -> Path:
    """Make ready the private folder that a server about to start binds its socket in; its path.

    Raises StartError when somebody else's folder is in the way, OSError when it can't be made.
    """
    direct = server_home(folder) / NAME
    if _fits(direct):
        return direct
    runtime = _runtime_folder(direct)
    runtime.mkdir(mode=0o700, exist_ok=True)
    _check_private(runtime)
    _point(direct, runtime / NAME)
    return runtime / NAME


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= LONGEST_PATH


def _runtime_folder(direct: Path) -> Path:
    """A short folder whose name follows from the data folder's."""
    name = f"hilo-{os.getuid()}-{hashlib.sha256(os.fsencode(direct)).hexdigest()[:16]}"
    for base in filter(None, (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir())):
        if _fits(Path(base) / name / NAME) and os.access(base, os.W_OK | os.X_OK):
            return Path(base) / name
    raise StartError(
        f"No folder for the socket of {direct.parent}: its own path is too long, and so is the temporary folder's. "
        "Name a folder with a shorter path as `data`, or set TMPDIR."
    )


def _check_private(runtime: Path) -> None:
    """A folder in a shared place is trusted only if it is ours and nobody else can enter it."""
    found = runtime.lstat()
    if runtime.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise StartError(f"{runtime} is not a private folder of this user. Remove it, or set TMPDIR to another place.")


def _point(link: Path, target: Path) -> None:
    """Make `link` point at `target` in one step."""
    fresh = link.with_name(f"{NAME}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
