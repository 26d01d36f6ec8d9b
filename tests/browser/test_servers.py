"""Two servers behind nginx with the configuration that comes with the project; one is killed."""

import shutil
import subprocess
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.harness import (
    ROOT,
    Server,
    answer,
    button,
    draw_with_mouse,
    free_port,
    open_page,
    placed,
    settled,
)
from tests.postgresql import answers, wait_for

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


@pytest.fixture
def servers(server):
    """Two apps with the same folders."""
    second = Server()
    yield server, second
    second.stop()


@pytest.fixture
def proxy(servers, tmp_path):
    """nginx with `deploy/nginx.conf`, where only names and ports are this test's."""
    if NGINX is None:
        pytest.skip("nginx isn't installed (Debian: apt-get install nginx-light)")
    port = free_port()
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{port};")
    for number, app in enumerate(servers, 1):
        assert f"app{number}:8501" in text
        text = text.replace(f"app{number}:8501", f"127.0.0.1:{app.port}")
    # Each request as the address of the server that answered.
    paths = f"log_format server $upstream_addr; access_log {tmp_path}/access.log server;\n"
    paths += "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = text.replace("http {", f"http {{\n{paths}", 1)
    (tmp_path / "nginx.conf").write_text(text)
    options = f"daemon off; pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log;"
    process = subprocess.Popen(
        [NGINX, "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-g", options]
    )
    try:
        wait_for(lambda: answers(port), 20)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def server_of_the_session(servers, tmp_path):
    """The server that nginx last sent a request to."""
    port = int((tmp_path / "access.log").read_text().splitlines()[-1].rpartition(":")[2])
    return next(app for app in servers if app.port == port)


def test_a_session_goes_on_when_its_server_is_killed(page, servers, proxy, tmp_path):
    refused = []  # by the Content-Security-Policy
    page.on("console", lambda line: refused.append(line.text) if "Content Sec" in line.text else 0)
    open_page(page, proxy)
    cookie = page.context.cookies()[0]
    assert cookie["name"] == "digit_lab_server" and cookie["httpOnly"]
    draw_with_mouse(page, placed(5, 0.28, 0.2, 0.6))
    expect(answer(page)).to_have_attribute("data-digit", "5", timeout=20_000)
    expect(page.get_by_text("I am the owner")).to_have_count(0)  # drawing is everybody's

    with page.expect_websocket(timeout=60_000) as other:
        server_of_the_session(servers, tmp_path).kill()
    other.value.wait_for_event("framereceived", timeout=60_000)  # the page's script runs there
    page.wait_for_timeout(500)
    settled(page)
    button(page, "Clear").click()
    draw_with_mouse(page, placed(3, 0.28, 0.2, 0.6))
    expect(answer(page)).to_have_attribute("data-digit", "3", timeout=60_000)
    page.get_by_role("link", name="Networks", exact=True).first.click()
    expect(page.get_by_role("heading", name="Networks", level=1)).to_be_visible(timeout=60_000)
    assert page.context.cookies()[0]["value"] == cookie["value"]
    # Streamlit asks Google for a picture of the page's icon; the app brings its own.
    assert [line for line in refused if "fonts.gstatic.com" not in line] == []


def test_the_proxy_sets_its_headers_and_says_whether_a_server_answers(servers, proxy):
    with urllib.request.urlopen(f"{proxy}/health", timeout=20) as response:
        assert response.status == 200
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Frame-Options"] == "DENY"
    for app in servers:
        app.kill()
    with pytest.raises(urllib.error.HTTPError, match="502"):
        urllib.request.urlopen(f"{proxy}/health", timeout=20)
