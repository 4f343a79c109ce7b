"""Players: the first that is here, told what it is to play, and silent at once when stopped."""

import stat
import sys
import time
from pathlib import Path

from aichat.process.audio.players import PLAYERS, Playback, Player, find_player


def test_the_first_player_that_is_here_is_taken() -> None:
    assert find_player(lambda name: name if name in ("aplay", "mpv") else None) == next(
        player for player in PLAYERS if player.program == "mpv"
    )
    assert find_player(lambda _: None) is None


def test_one_that_plays_no_more_than_files_is_passed_over_for_what_still_comes() -> None:
    find = {"afplay": "/bin/afplay", "aplay": "/bin/aplay"}.get
    assert [getattr(find_player(find, streams=s), "program", "") for s in (False, True)] == [
        "afplay",
        "aplay",
    ]
    assert find_player({"afplay": "/bin/afplay"}.get, streams=True) is None


def script(folder: Path, text: str) -> Player:
    """A player that is a program of ours."""
    path = folder / "player"
    path.write_text(f"#!{sys.executable}\nimport sys, time, os\n{text}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return Player(str(path), ("--file",), ("--rate", "{rate}"))


def test_samples_arrive_whole_and_in_order_however_slow_the_player_is(tmp_path: Path) -> None:
    out = tmp_path / "out"
    text = (
        f"time.sleep(0.2); data = sys.stdin.buffer.read()\n"
        f"open({str(out)!r}, 'wb').write(data + ' '.join(sys.argv[1:]).encode())\n"
    )
    playback = Playback(script(tmp_path, text), {})
    pieces = [bytes([n]) * 50_000 for n in range(20)]  # more than a pipe holds
    for piece in pieces:
        playback.write(piece, 16_000)
    playback.wait()
    assert out.read_bytes() == b"".join(pieces) + b"--rate 16000"


def test_a_player_that_leaves_is_no_fault(tmp_path: Path) -> None:
    playback = Playback(script(tmp_path, "sys.exit(1)\n"), {})
    for _ in range(50):
        playback.write(bytes(100_000), 24_000)
    playback.wait()


def test_one_that_cannot_be_started_is_no_fault() -> None:
    playback = Playback(Player("/nowhere/player", (), ("-",)), {})
    playback.write(b"12", 24_000)
    playback.wait()
    assert not playback.has_begun


def test_stopping_ends_the_player(tmp_path: Path) -> None:
    started = tmp_path / "started"
    text = f"open({str(started)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    playback = Playback(script(tmp_path, text), {})
    playback.play_file("a.wav")
    end = time.monotonic() + 60
    while not (started.exists() and started.read_text()):
        assert time.monotonic() < end
        time.sleep(0.01)
    playback.stop()
    assert playback._process and playback._process.poll() is not None


def test_a_player_gets_no_key(tmp_path: Path) -> None:
    out = tmp_path / "out"
    text = f"open({str(out)!r}, 'w').write(repr(sorted(os.environ)))\n"
    environ = {"OPENAI_API_KEY": "k", "PATH": "/bin", "PULSE_SERVER": "x"}
    playback = Playback(script(tmp_path, text), environ)
    playback.play_file("a.wav")
    playback.wait()
    assert "OPENAI_API_KEY" not in out.read_text() and "PULSE_SERVER" in out.read_text()
