"""Completions in the shells themselves, manual pages under their linters, and what the command line says of mistakes."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from common.report import Skip, Suite, equal, true
from common.server import program, workspace

suite = Suite("ops/shell")


def run(*arguments, **settings):
    return subprocess.run([program(), *arguments], capture_output=True, text=True, timeout=20, **settings)


def need(*names):
    for name in names:
        if not shutil.which(name):
            raise Skip(f"{name} is not installed")


def options_of(*command):
    """What --help lists: the other truth to compare with."""
    text = run(*command, "--help").stdout
    return sorted(set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*(?=[ ,]|$)", "\n".join(
        line[:30] for line in text.split("Examples:")[0].splitlines() if line.startswith("  -")))))


def place():
    """A directory with things to complete, and hark as `hark` in it."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="shell-", dir=workspace()))
    (directory / "hark").symlink_to(os.path.abspath(program()))
    (directory / "files" / "sub").mkdir(parents=True)
    (directory / "files" / "some.toml").write_text("")
    return directory


# (what was typed, what completes it). The last word is the one at the cursor.
LINES = (
    ("hark ", "serve config doctor completion man"),
    ("hark con", "config"),
    ("hark config ", "check show doc"),
    ("hark config show --js", "--json"),
    ("hark serve --log-level ", "debug info warn error off"),
    ("hark serve --log-level w", "warn"),
    ("hark serve --dev --log-level w", "warn"),
    ("hark serve --listen config --d", "--dev --data-dir"),
    ("hark serve --data-dir files/s", "sub"),
    ("hark serve --config files/s", "some.toml sub"),
    ("hark serve --set limits.topics_m", "limits.topics_max="),
    ("hark completion f", "fish"),
    ("hark doctor --listen ", ""),
)


def check_lines(complete):
    for typed, expected in LINES:
        # Some shells say the whole path, some its last part.
        got = sorted(word.rstrip("/").split("/")[-1] for word in complete(typed))
        equal(got, sorted(expected.split()), f"completions of {typed!r}")
    for command in (("serve",), ("doctor",), ("config", "show"), ("man",)):
        listed = options_of(*command)
        true("--help" in listed, f"--help of {command} is read: {listed}")
        got = sorted(word for word in complete(f"hark {' '.join(command)} --") if word.startswith("--"))
        equal(got, [name for name in listed if name.startswith("--")], f"options of {command}")


@suite.test
def bash_completes():
    need("bash")
    directory = place()

    def complete(typed):
        words = typed.split(" ")
        script = (f'source <(./hark completion bash) || exit; COMP_WORDS=({" ".join(map(repr, words))}); '
                  f'COMP_CWORD={len(words) - 1}; set -u; _hark hark; printf "%s\\n" "${{COMPREPLY[@]}}"')
        done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, timeout=20, cwd=directory)
        equal((done.returncode, done.stderr), (0, ""), f"bash on {typed!r}")
        return done.stdout.split()

    check_lines(complete)
    # As bash cuts --log-level=w.
    equal(complete("hark serve --log-level = w"), ["warn"], "a value behind an equals sign")
    equal(sorted(complete("hark serve --log-level =")), sorted("debug info warn error off".split()), "right behind it")


@suite.test
def fish_completes():
    need("fish")
    directory = place()

    def complete(typed):
        script = "hark completion fish | source; complete -C $argv[1]"
        done = subprocess.run(["fish", "--no-config", "-c", script, typed], capture_output=True, text=True, timeout=20,
                              cwd=directory, env={**os.environ, "PATH": f"{directory}:{os.environ['PATH']}", "HOME": str(directory)})
        equal((done.returncode, done.stderr), (0, ""), f"fish on {typed!r}")
        return [line.split("\t")[0] for line in done.stdout.splitlines()]

    check_lines(complete)


# A zsh on a terminal of its own: completion works nowhere else. `compadd`, through which all matches go, also writes
# them to a file; so does the key ^X when it has completed the line that was typed.
ZSH = r"""
zmodload zsh/zpty
zpty z zsh -f -i
z() { zpty -w z "$1" }
z 'unsetopt prompt_cr prompt_sp; PS1=; PS2='
z 'autoload -U compinit; compinit -u -d $HARK_DUMP'
z 'source <(hark completion zsh)'
z 'compadd() { if [[ ${@[(I)-O|-A|-D]} -gt 0 ]]; then builtin compadd "$@"; return; fi; typeset -a __hits; builtin compadd -O __hits "$@"; for h in $__hits; do print -r -- "HIT:$h" >> $PWD/hits; done; builtin compadd "$@" }'
z 'whole() { zle complete-word; print -r -- done >> $PWD/hits; BUFFER=; zle reset-prompt }; zle -N whole; bindkey "^X" whole'
z 'print ready > $PWD/ready'
for ((i = 0; i < 200; i++)); do [[ -e ready ]] && break; zpty -r -t z >/dev/null 2>&1; sleep 0.05; done
zpty -w -n z "$1"$'\C-x'
for ((i = 0; i < 200; i++)); do grep -q done hits 2>/dev/null && break; while zpty -r -t z x; do :; done; sleep 0.05; done
cat hits
"""


@suite.test
def zsh_completes():
    need("zsh")

    def complete(typed):
        directory = place()
        done = subprocess.run(["zsh", "-f", "-c", ZSH, "zsh", typed], capture_output=True, text=True, timeout=60, cwd=directory,
                              env={**os.environ, "PATH": f"{directory}:{os.environ['PATH']}", "HOME": str(directory), "TERM": "xterm",
                                   "HARK_DUMP": workspace() + "/zcompdump"})
        true("done" in done.stdout, f"zsh on {typed!r}: {done.stdout}{done.stderr}")
        return {line[4:] for line in done.stdout.splitlines() if line.startswith("HIT:")}

    check_lines(complete)


def lint(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, env={**os.environ, "LC_ALL": "C.UTF-8"})
    equal((done.returncode, done.stderr + (done.stdout if command[0] == "mandoc" else "")), (0, ""), " ".join(command))


def written_pages():
    directory = place()
    names = run("man", "--list").stdout.split()
    true("hark.1" in names and "hark.toml.5" in names and len(names) >= 7, f"pages: {names}")
    for name in names:
        done = run("man", name)
        equal((done.returncode, done.stderr), (0, ""), name)
        (directory / name).write_text(done.stdout)
    return [str(directory / name) for name in names]


@suite.test
def manual_pages_are_clean_for_groff():
    need("man", "groff")
    for page in written_pages():
        lint("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page)


@suite.test
def manual_pages_are_clean_for_mandoc():
    need("mandoc")
    for page in written_pages():
        lint("mandoc", "-T", "lint", page)


@suite.test
def the_manual_tells_what_help_tells():
    text = run("man", "hark-serve.1").stdout.replace("\\-", "-")
    for option in options_of("serve"):
        true(option in text, f"hark-serve(1) lacks {option}")
    settings = run("man", "hark.toml.5").stdout
    for line in run("config", "show").stdout.splitlines():
        true(line.split(" =")[0].strip("[]") in settings, f"hark.toml(5) lacks {line}")


@suite.test
def mistakes_are_one_line_and_code_64():
    for arguments, words in ((("completion", "tcsh"), "tcsh not in {bash,zsh,fish}"), (("completion",), "shell is required"),
                             (("man", "none.1"), "there is no page none.1; hark man --list names them"),
                             (("nonsense",), "there is no command nonsense (see hark --help)"), (("serve", "--nonsense"), "(see hark serve --help)"), ((), "--help")):
        done = run(*arguments)
        equal((done.returncode, done.stdout, done.stderr.count("\n")), (64, "", 1), f"{arguments}: {done.stderr}")
        true(done.stderr.startswith("hark: ") and words in done.stderr, f"{arguments}: {done.stderr}")


@suite.test
def a_full_disk_is_no_success():
    with open("/dev/full", "w") as full:
        for arguments in (("man",), ("config", "doc"), ("completion", "bash"), ("doctor", "--json")):
            done = subprocess.run([program(), *arguments], stdout=full, stderr=subprocess.PIPE, text=True, timeout=20)
            true(done.returncode == 74 or arguments[0] == "doctor" and done.returncode in (1, 69), f"{arguments}: {done}")


@suite.test
def every_command_helps_with_examples():
    for command in ((), ("serve",), ("config",), ("doctor",), ("completion",), ("man",)):
        done = run(*command, "--help")
        equal((done.returncode, done.stderr), (0, ""), f"{command}")
        true("Examples:" in done.stdout, f"{command}: {done.stdout}")


suite.main()
