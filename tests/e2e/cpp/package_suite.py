"""What `cmake --install --component client` installs, used from outside of the tree."""

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager

from common.report import Suite, equal, true
from common.server import SharedHark, program, sanitized, workspace
from common.report import Skip

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.path.dirname(program())
SHOWN = "published number 1\npublished number 2\nreceived hello\nreceived world\n"

suite = Suite("cpp/package")
shared = SharedHark(suite)


def run(*command, **settings):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=180, **settings)
    equal(done.returncode, 0, f"{' '.join(command)}:\n{done.stdout[-3000:]}\nexit code")
    return done.stdout


@contextmanager
def installed():
    """A prefix with the package, and a copy of the example beside it."""
    if sanitized():
        raise Skip("a sanitized library needs a sanitized user")
    folder = tempfile.mkdtemp(dir=workspace())
    try:
        prefix, example = os.path.join(folder, "prefix"), os.path.join(folder, "example")
        run("cmake", "--install", BUILD, "--component", "client", "--prefix", prefix)
        shutil.copytree(os.path.join(ROOT, "sdk", "cpp", "example"), example)
        yield prefix, example
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def files_below(folder):
    return {os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names}


@suite.test
def find_package_and_pkg_config_build_the_example():
    with installed() as (prefix, example):
        build = os.path.join(example, "build")
        run("cmake", "-S", example, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}")
        run("cmake", "--build", build)
        space = f"http://{shared().target}"
        equal(run(os.path.join(build, "hello"), space), SHOWN, "the example says")

        library = os.path.dirname(next(os.path.join(prefix, f) for f in files_below(prefix) if f.endswith(".pc")))
        environment = {**os.environ, "PKG_CONFIG_PATH": library}
        flags = run("pkg-config", "--cflags", "--libs", "hark-client", env=environment).split()
        # The .pc file names the prefix of the configuration; pkg-config moves it on request.
        moved = run("pkg-config", f"--define-variable=prefix={prefix}", "--cflags", "--libs", "hark-client",
                    env=environment).split()
        true(any(f == "-lhark-client" for f in flags), f"flags {flags}")
        hello = os.path.join(example, "by-pkg-config")
        run("g++", "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", os.path.join(example, "hello.cpp"),
            "-o", hello, *moved)
        equal(run(hello, space, env={**os.environ, "LD_LIBRARY_PATH": os.path.dirname(library)}),
              SHOWN.replace("1\n", "3\n").replace("2\n", "4\n"), "the same by pkg-config says")


@suite.test
def only_the_package_is_installed_and_it_shows_only_its_api():
    with installed() as (prefix, _):
        names = files_below(prefix)
        wanted = r"^(include/hark/client/\w+\.h|lib/(\S+/)?(libhark-client\.so[.\d]*|cmake/hark-client/\S+\.cmake" \
                 r"|pkgconfig/hark-client\.pc))$"
        equal([n for n in sorted(names) if not re.match(wanted, n)], [], "files that do not belong there")
        library = next(os.path.join(prefix, n) for n in names if n.endswith(".so"))
        symbols = run("nm", "-DC", "--defined-only", library).splitlines()
        strange = [s for s in symbols if " hark::client::" not in s]
        equal(strange, [], "symbols of others that are handed out")
        needed = re.findall(r"\(NEEDED\).*\[lib(\w+)", run("readelf", "-d", library))
        equal(sorted(set(needed) - {"stdc", "gcc_s", "c", "m", "ld"}), ["nghttp2", "simdjson"], "libraries needed")


suite.main()
