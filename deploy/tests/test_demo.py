"""The servers of the profile demo."""

import json
import runpy
import threading
import urllib.error
import urllib.request
from http.server import ThreadingHTTPServer

import pytest

from project import ROOT


@pytest.fixture
def server(request):
    """One of the scripts' servers, on a free port."""
    script = runpy.run_path(str(ROOT / "deploy/demo" / request.param))
    listening = ThreadingHTTPServer(("127.0.0.1", 0), script["Handler"])
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    listening.server_close()


def answer(url, body=None):
    """The status and the body of an answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=5) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.parametrize("server", ["target.py"], indirect=True)
def test_the_target_is_up_or_down_on_request(server):
    assert answer(f"{server}/up")[0] == 200
    assert answer(f"{server}/down")[0] == 503


def test_the_target_fails_one_minute_in_five():
    status = runpy.run_path(str(ROOT / "deploy/demo/target.py"))["status"]
    minutes = [status("/", 60 * minute + 30) for minute in range(10)]
    assert minutes == [200, 200, 200, 200, 503] * 2


@pytest.mark.parametrize("server", ["slack.py"], indirect=True)
def test_the_stand_in_for_slack_takes_and_prints_messages(server, capfd):
    assert answer(f"{server}/services/demo", json.dumps({"text": "down: Ä"}).encode()) == (200, b"ok")
    assert '"text": "down: Ä"' in capfd.readouterr().out
    assert answer(f"{server}/services/demo", b"no json") == (400, b"invalid_payload")
    assert answer(f"{server}/health")[0] == 200
