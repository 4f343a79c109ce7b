"""What a command deletes or overwrites is marked by the words that do it."""

import pytest

from aichat.core.cli.shell.danger import find_dangers

MARKED = {
    "rm -rf build": ("rm",),
    "sudo /bin/rm x": ("rm",),
    "rm a; rm b": ("rm",),
    "ls && mv a b": ("mv",),
    "mkfs.ext4 /dev/sdb1": ("mkfs.ext4",),
    "dd if=a of=/dev/sda": ("dd",),
    "echo a > b": ("> b",),
    "echo a >| b": ("> b",),
    "make 2> log": ("> log",),
    "make &> log": ("> log",),
    "cat a | tee b": ("tee",),
    "find . -name '*.o' -delete": ("find -delete",),
    "find . -exec rm {} +": ("rm",),
    "ls | xargs rm": ("rm",),
    "bash -c 'rm x'": ("rm",),
    "echo $(rm x)": ("rm",),
    "echo `rm x`": ("rm",),
    "sed -i s/a/b/ f": ("sed -i",),
    "sed -i.bak s/a/b/ f": ("sed -i.bak",),
    "sed -ni.bak s/a/b/p f": ("sed -ni.bak",),
    "perl -pi.bak -e s/a/b/ f": ("perl -pi.bak",),
    "perl -i -pe s/a/b/ f": ("perl -i",),
    "tar xvzf a.tgz": ("tar xvzf",),
    "tar -C b -xvf a.tar": ("tar -xvf",),
    "unzip -qo a.zip": ("unzip -qo",),
    "gzip a.txt": ("gzip",),
    "xz -9 a && ls": ("xz",),
    "curl -fsSLo f https://a.b": ("curl -fsSLo",),
    "wget -qO f https://a.b": ("wget -qO",),
    "ln -snf a b": ("ln -snf",),
    "ffmpeg -y -i a.wav a.mp3": ("ffmpeg -y",),
    "sort a -oa": ("sort -oa",),
    "git push --force": ("git push",),
    "git clean -fd": ("git clean",),
    "kubectl delete pod x": ("kubectl delete",),
    "psql -c 'DROP TABLE x'": ("DROP TABLE",),
    "echo it's > b": ("> b",),
}

UNMARKED = (
    "ls -l",
    "echo a >> b",
    "cat a | tee -a b",
    "make > /dev/null 2>&1",
    "make 2>/dev/null",
    "git status",
    "git log; echo push",
    "find . -name rm.txt",
    "sed s/a/b/ f",
    "sort f",
    "gzip -k f",
    "cat f | gzip | wc -c",
    "xz -dc f.xz; ls a",
    "tar czf b.tgz box",
    "tar -tf a.tar xx",
    "perl -MFile::Find -e 1",
    "sed --posix s/i/o/ f",
    "curl -fsSL https://a.b",
    "unzip -l a.zip",
    "ls | tee",
    "",
)


@pytest.mark.parametrize("command", MARKED)
def test_what_deletes_or_overwrites_is_named(command: str) -> None:
    assert find_dangers(command) == MARKED[command]


@pytest.mark.parametrize("command", UNMARKED)
def test_what_only_looks_or_adds_is_not(command: str) -> None:
    assert find_dangers(command) == ()


def test_commands_within_commands_are_looked_into_only_so_deep() -> None:
    assert find_dangers("(" * 500 + "rm x" + ")" * 500) == ("rm",)
