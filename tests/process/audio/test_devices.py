"""A microphone and a loudspeaker that stay open: what goes through them, and how they end."""

import stat
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from aichat.process.audio.devices import LoudSpeaker
from aichat.process.audio.players import Playback, Player
from aichat.process.audio.recorders import SoundRecorder


def program(folder: Path, text: str) -> str:
    path = folder / "program"
    path.write_text(f"#!{sys.executable}\nimport sys, time, os\n{text}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def speaker(folder: Path, text: str, monotonic: Callable[[], float]) -> LoudSpeaker:
    player = Player(program(folder, text), (), ("{rate}",))
    return LoudSpeaker(lambda: Playback(player, {}), 1000, monotonic)


def test_what_is_unheard_is_told_by_the_clock(tmp_path: Path) -> None:
    now = [10.0]
    out = tmp_path / "out"
    text = f"open({str(out)!r}, 'wb').write(sys.stdin.buffer.read())\n"
    made = speaker(tmp_path, text, lambda: now[0])
    assert made.ahead() == 0.0
    made.write(bytes(600))  # 0.3 s
    now[0] += 0.1
    made.write(bytes(200))
    assert round(made.ahead(), 6) == 0.3
    now[0] += 5
    assert made.ahead() == 0.0
    made.write(bytes(400))  # after a pause it begins anew
    assert round(made.ahead(), 6) == 0.2
    made.close()
    assert out.read_bytes() == bytes(1200)


def test_silence_is_at_once_and_another_player_begins_after_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    text = f"open({str(out)!r}, 'ab').write(sys.stdin.buffer.read())\ntime.sleep(600)\n"
    made = speaker(tmp_path, text, lambda: 0.0)
    made.write(b"ab")
    made.stop()
    assert made.ahead() == 0.0
    made.stop()
    assert not (out.exists() and out.read_bytes())


def test_a_microphone_tells_tenths_of_a_second_until_it_is_closed(tmp_path: Path) -> None:
    heard: list[bytes] = []
    came = threading.Event()

    def hear(samples: bytes) -> None:
        heard.append(samples)
        if len(heard) == 3:
            came.set()

    text = (
        "sys.stderr.write('listening'); sys.stderr.flush()\n"
        "sys.stdout.buffer.write(bytes(500) + sys.argv[1].encode()); sys.stdout.flush()\n"
        "time.sleep(600)\n"
    )
    recorder = SoundRecorder(program(tmp_path, text), ("--rate={rate}" + "." * 89,))
    made = recorder.open({}, 1000, hear)
    assert came.wait(60) and not made.has_ended
    assert made.close() == "listening" and made.has_ended
    assert [len(samples) for samples in heard] == [200] * 3
    assert b"--rate=1000" in b"".join(heard)


def test_all_that_was_heard_has_been_told_once_it_is_closed(tmp_path: Path) -> None:
    came, heard = tmp_path / "came", list[bytes]()

    def hear(samples: bytes) -> None:
        time.sleep(0.02)  # slower than it comes
        heard.append(samples)

    text = f"sys.stdout.buffer.write(bytes(1150)); sys.stdout.flush(); open({str(came)!r}, 'w')\n"
    made = SoundRecorder(program(tmp_path, f"{text}time.sleep(600)\n"), ()).open({}, 1000, hear)
    end = time.monotonic() + 60
    while not came.exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    made.close()
    assert sum(map(len, heard)) == 1150 and len(heard[-1]) == 150


def test_one_that_ends_says_why(tmp_path: Path) -> None:
    recorder = SoundRecorder(program(tmp_path, "sys.exit('no microphone')\n"), ())
    made = recorder.open({}, 1000, len)
    end = time.monotonic() + 60
    while not made.has_ended:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert made.close() == "no microphone\n"


def test_a_recorder_is_told_no_more_than_it_needs(tmp_path: Path) -> None:
    out, heard = tmp_path / "out", threading.Event()
    text = (
        f"open({str(out)!r}, 'w').write(repr(sorted(os.environ)))\nprint('x' * 400, flush=True)\n"
    )
    environ = {"OPENAI_API_KEY": "k", "MY_LOGIN": "m", "PATH": "/bin", "PULSE_SERVER": "x"}
    recorder = SoundRecorder(program(tmp_path, text), ("{rate}",))
    microphone = recorder.open(environ, 1000, lambda _: heard.set())
    assert heard.wait(30)
    microphone.close()
    told = out.read_text()
    assert "PULSE_SERVER" in told and "OPENAI_API_KEY" not in told and "MY_LOGIN" not in told
