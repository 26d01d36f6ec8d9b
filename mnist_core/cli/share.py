"""The command that says how others reach the app."""

import argparse
import io
import socket
from typing import Any

from mnist_core.cli.terminal import Result, command, option
from mnist_core.i18n import Text, _
from mnist_core.system.owner import owner_key

PORT = 8501  # Streamlit's default


@command(
    "share",
    Text("Print the address at which others in the network reach the app, with a QR code"),
    option("--port", type=int, default=PORT, metavar="N", help=Text("of the app")),
)
def share(options: argparse.Namespace) -> Result:
    """Print the address at which others in the network reach the app, with a QR code."""
    address = f"http://{network_address()}:{options.port}"
    owner = f"http://localhost:{options.port}/?owner={owner_key()}"
    return {"address": address, "port": options.port, "owner": owner}, _show, 0


def network_address() -> str:
    """The address of this machine in its network, such as `192.168.1.20`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; it only chooses the way out
        except OSError:  # no network
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def _show(answer: dict[str, Any]) -> None:
    import segno

    code = io.StringIO()
    segno.make(answer["address"]).terminal(code, compact=True)
    print(code.getvalue())
    print(_("Others in your network open {address}", address=answer["address"]))
    print(_("You, the owner, open     {address}", address=answer["owner"]))
    print(
        _(
            "Visitors can draw, browse and explore. Only you can train, rename, delete and "
            "import,\nunless you turn on “Visitors can train” on the Server page.\n"
            "Stop the app (Ctrl+C) to stop sharing it."
        )
    )
