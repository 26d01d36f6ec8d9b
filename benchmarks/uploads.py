"""How much memory a server takes for uploads that come at once, to a page without an uploader.

`python -m benchmarks.uploads [--count 8] [--megabytes 95]` starts the app, opens a session, and
sends files to it from as many threads. It prints how many the server took and how many it refused,
and its highest resident memory above rest. Exits with 1 if that is more than 300 MB. Needs Linux.
"""

import argparse
import collections
import http.client
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.browser.harness import served

GOAL = 300  # MB
BOUNDARY = "boundary"


def main() -> None:
    """Send the files and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--megabytes", type=int, default=95)
    options = parser.parse_args()
    with served() as (address, process):
        stream = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
        with connect(stream, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
            opening = BackMsg()
            opening.rerun_script.context_info.url = f"{address}/"
            socket.send(opening.SerializeToString())
            session = ""
            kind: str | None = ""
            while kind != "script_finished":
                received = socket.recv(timeout=60)
                message = ForwardMsg.FromString(received if isinstance(received, bytes) else b"")
                kind = message.WhichOneof("type")
                if kind == "new_session":
                    session = message.new_session.initialize.session_id
            token = _token(address)
            rest = _memory(process, "VmRSS")
            Path(f"/proc/{process}/clear_refs").write_text("5")  # forgets the highest so far
            size = options.megabytes * 1_000_000
            with ThreadPoolExecutor(options.count) as threads:
                statuses = list(
                    threads.map(
                        lambda number: _send(address, session, token, number, size),
                        range(options.count),
                    )
                )
            peak = _memory(process, "VmHWM") - rest
    answers = collections.Counter(statuses)
    print(
        f"{options.count} uploads of {options.megabytes} MB at once: {answers[204]} taken, "
        f"{answers[413]} refused; {peak:.0f} MB above rest ({rest:.0f} MB)"
    )
    sys.exit(peak > GOAL or answers[204] + answers[413] != options.count)


def _token(address: str) -> str:
    """The token against forged requests, which Streamlit gives to every browser."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc)
    connection.request("GET", "/_stcore/health")
    cookie = connection.getresponse().getheader("Set-Cookie") or ""
    return cookie.partition(";")[0].partition("=")[2]


def _send(address: str, session: str, token: str, number: int, size: int) -> int:
    """Upload a file of zeros; gives the status of the answer."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{number}.bin"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
    connection.request(
        "PUT",
        f"/_stcore/upload_file/{session}/file-{number}",
        head.encode() + bytes(size) + f"\r\n--{BOUNDARY}--\r\n".encode(),
        {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "Cookie": f"_streamlit_xsrf={token}",
            "X-Xsrftoken": token,
        },
    )
    return connection.getresponse().status


def _memory(process: int, kind: str) -> float:
    """`VmRSS` (now) or `VmHWM` (at most) of a process, in MB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.findall(rf"{kind}:\s+(\d+) kB", status)[0]) / 1000


if __name__ == "__main__":
    main()
