"""What each language needs, and how its program is fetched, built and started. All of it lies in build/interop."""

import glob
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import tunnel

HERE = os.path.dirname(os.path.abspath(__file__))
DOWNLOAD_SECONDS_MAX = 240
BUILD_SECONDS_MAX = 540
prepared_by = None  # time.monotonic() at which all must be fetched and built; what is not is skipped


class Missing(Exception):
    """The program cannot be had here: no toolchain, a registry that refuses, or no time. The text says which."""


class Broken(Exception):
    """What was fetched does not build."""


def toolchain(program, arguments, pattern, least):
    """Demands `program` with a version of at least `least`."""
    if not shutil.which(program):
        raise Missing(f"no toolchain: {program} is not installed")
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    found = re.search(pattern, done.stdout + done.stderr)
    version = tuple(map(int, found.groups())) if found else ()
    if version < least:
        raise Missing(f"no toolchain: {program} {'.'.join(map(str, least))} or later is needed, found {version}")


def command(error, seconds, words, cwd=None, **environment):
    """Runs `words`; when that fails, raises `error` with what it said last. One that takes too long is Missing."""
    if prepared_by is not None:
        seconds = min(seconds, round(prepared_by - time.monotonic()))
        if seconds <= 0:
            raise Missing("there was no time left to fetch and build it")
    process = subprocess.Popen(["nice", *words], cwd=cwd, env={**os.environ, **environment}, text=True,
                               errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True)
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # compilers that it started, too
        process.communicate()
        raise Missing(f"`{' '.join(words[:3])}` did not end within {seconds} s") from None
    if process.returncode:
        last = " / ".join(without_hosts(said).strip().splitlines()[-4:])
        raise error(f"`{' '.join(words[:3])}` ended with {process.returncode}: {last[-600:]}")
    return said


def without_hosts(text):
    """A tool's words without the addresses in them: where a registry is, is this machine's matter."""
    return re.sub(r"\b(\w+)://[^\s/\"']+", r"\1://...", text)


def download(words, cwd=None, **environment):
    return command(Missing, DOWNLOAD_SECONDS_MAX, words, cwd, **environment)


def build(words, cwd=None, **environment):
    return command(Broken, BUILD_SECONDS_MAX, words, cwd, **environment)


class Stamp:
    """Remembers in `path` for which content of `source` something was made."""

    def __init__(self, path, source):
        self._path = path
        with open(source, "rb") as file:
            self._digest = hashlib.sha256(file.read()).hexdigest()

    def fits(self):
        if not os.path.exists(self._path):
            return False
        with open(self._path) as file:
            return file.read() == self._digest

    def write(self):
        with open(self._path, "w") as file:
            file.write(self._digest)


class Language:
    """One official SDK. `tests` are the names that its program must report."""

    own_servers = False  # whether the program starts servers itself
    environment = {}
    skipped = {}  # {name: why} of what cannot be tested at all
    tests = ["text_and_binary_round_trip", "order_of_200_messages", "no_such_cache", "bad_names",
             "a_message_too_large", "create_list_delete_cache", "falling_out_of_the_replay_buffer"]

    def prepare(self, work):
        """The command that runs the program. Raises Missing or Broken."""
        raise NotImplementedError

    def beside(self, ports):
        """Starts what the program needs beside its server and proxy; (its environment, what to stop)."""
        return {}, None

    def source(self, *parts):
        return os.path.join(HERE, self.name, *parts)

    def copy(self, work):
        """A copy of the sources, so that tools that write beside them leave this folder alone."""
        target = os.path.join(work, self.name, "source")
        shutil.copytree(self.source(), target, dirs_exist_ok=True)
        return target


class Python(Language):
    name = "python"
    what = "momento of PyPI"
    tests = [*Language.tests, "resume_by_number_after_cuts"]

    def prepare(self, work):
        toolchain(sys.executable, ["-m", "pip", "--version"], r"pip (\d+)\.", (20,))
        folder = os.path.join(work, "python")
        os.makedirs(folder, exist_ok=True)
        packages = os.path.join(folder, "packages")
        stamp = Stamp(os.path.join(folder, "installed"), self.source("requirements.txt"))
        if not stamp.fits():
            shutil.rmtree(packages, ignore_errors=True)
            download([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:",
                      "--target", packages, "-r", self.source("requirements.txt")])
            stamp.write()
        self.environment = {"PYTHONPATH": packages}
        return [sys.executable, self.source("interop.py")]


class Java(Language):
    """This SDK's topics client knows only TLS at port 443, whatever provider it is given: it goes through a tunnel."""

    name = "java"
    what = "software.momento.java:sdk of Maven Central"
    tests = [*Language.tests, "resume_after_cuts"]

    def prepare(self, work):
        toolchain("java", ["-version"], r'version "(\d+)', (17,))
        toolchain("javac", ["-version"], r"javac (\d+)", (17,))
        toolchain("openssl", ["version"], r"OpenSSL (\d+)\.(\d+)", (1, 1))
        toolchain("mvn", ["--version"], r"Apache Maven (\d+)\.(\d+)", (3, 6))
        folder = os.path.join(work, "java")
        os.makedirs(folder, exist_ok=True)
        paths = os.path.join(folder, "classpath")
        stamp = Stamp(os.path.join(folder, "installed"), self.source("pom.xml"))
        if not stamp.fits():
            download(["mvn", "-B", "-q", "-f", self.source("pom.xml"),
                      f"-Dmaven.repo.local={os.path.join(folder, 'repository')}",
                      f"-Dmdep.outputFile={paths}", "dependency:build-classpath"])
            stamp.write()
        with open(paths) as file:
            libraries = file.read().strip()
        classes = os.path.join(folder, "classes")
        build(["javac", "-Xlint:all,-processing", "-Werror", "-cp", libraries, "-d", classes,
               *sorted(glob.glob(self.source("*.java")))])
        self.certificate = tunnel.make_certificate(folder)
        self.trusted = os.path.join(folder, "trusted.p12")
        if not os.path.exists(self.trusted):
            build(["keytool", "-importcert", "-noprompt", "-storetype", "PKCS12", "-storepass", "changeit",
                   "-alias", "hark", "-keystore", self.trusted, "-file", self.certificate[0]])
        return ["java", "-cp", f"{classes}:{libraries}", "Interop"]

    def beside(self, ports):
        between = tunnel.Tunnel(*self.certificate, ports["HARK_PORT"], ports["PROXY_PORT"])
        return {"TUNNEL_PORT": str(between.port), "TRUSTED": self.trusted}, between


class Rust(Language):
    name = "rust"
    what = "momento of Cargo"
    tests = [*Language.tests, "resume_after_cuts"]

    def prepare(self, work):
        toolchain("cargo", ["--version"], r"cargo (\d+)\.(\d+)", (1, 80))
        if not shutil.which("cc"):
            raise Missing("no toolchain: a C compiler is needed, for libraries of the SDK")
        source = self.copy(work)
        target = os.path.join(work, "rust", "target")
        self.lock(source)
        download(["cargo", "fetch", "--quiet", "--locked"], source)
        build(["cargo", "build", "--quiet", "--offline", "--locked"], source, CARGO_TARGET_DIR=target,
              CARGO_INCREMENTAL="0")
        return [os.path.join(target, "debug", "interop")]

    def lock(self, source):
        """Makes Cargo.lock of Cargo.lock.in, which lacks where crates come from: cargo itself says that."""
        lock = os.path.join(source, "Cargo.lock")
        download(["cargo", "generate-lockfile", "--quiet"], source)
        with open(lock) as file:
            origin = re.search(r"^source = .*$", file.read(), re.MULTILINE)
        if not origin:
            raise Broken("cargo made a lock file that names no source")
        with open(os.path.join(source, "Cargo.lock.in")) as file:
            text = re.sub(r"^checksum = ", lambda found: f"{origin[0]}\n{found[0]}", file.read(), flags=re.MULTILINE)
        with open(lock, "w") as file:
            file.write(text)


class Go(Language):
    """The official SDK could not be had, so this is its stack, grpc-go, used as that SDK uses it."""

    name = "go"
    what = "grpc-go, in place of github.com/momentohq/client-sdk-go"
    skipped = {"the_sdk_itself": "github.com/momentohq/client-sdk-go could not be had (see README.md); grpc-go, "
                                 "used as it does, stands in for it"}
    tests = [*Language.tests, "resume_after_cuts"]
    protos = ["common.proto", "cachepubsub.proto", "controlclient.proto"]

    def prepare(self, work):
        toolchain("go", ["version"], r"go(\d+)\.(\d+)", (1, 26))
        toolchain("protoc", ["--version"], r"libprotoc (\d+)", (3,))
        source = self.copy(work)
        folder = os.path.join(work, "go")
        settings = {"GOMODCACHE": os.path.join(folder, "modules"), "GOCACHE": os.path.join(folder, "cache"),
                    "GOFLAGS": "-modcacherw -mod=readonly", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
        download(["go", "mod", "download"], source, **settings)
        generator = os.path.join(folder, "protoc-gen-go")
        build(["go", "build", "-o", generator, "google.golang.org/protobuf/cmd/protoc-gen-go"], source, **settings)
        proto = os.path.join(os.path.dirname(os.path.dirname(HERE)), "proto")
        build(["protoc", f"--plugin=protoc-gen-go={generator}", f"--go_out={source}", "--go_opt=module=hark/interop",
               *(f"--go_opt=M{name}=hark/interop/pb" for name in self.protos), "-I", proto, *self.protos])
        build(["go", "vet", "."], source, **settings)
        build(["go", "build", "-o", os.path.join(folder, "interop"), "."], source, **settings)
        return [os.path.join(folder, "interop")]


class Node(Language):
    """The whole suites of tests/e2e/node are run by ./dev test; here those that the other languages have too."""

    name = "node"
    what = "@gomomento/sdk of npm"
    own_servers = True
    tests = ["basics/text_and_binary_round_trip", "basics/one_publisher_to_100_subscribers",
             "basics/no_such_cache_is_NOT_FOUND", "basics/bad_names_are_INVALID_ARGUMENT",
             "basics/a_message_too_large_is_LIMIT_EXCEEDED", "basics/create_list_delete_cache",
             "resume/cuts_by_the_network_lose_and_repeat_nothing", "resume/falling_out_of_the_replay_buffer"]

    def prepare(self, work):
        toolchain("node", ["--version"], r"v(\d+)\.", (18,))
        toolchain("npm", ["--version"], r"(\d+)\.", (8,))
        toolchain("protoc", ["--version"], r"libprotoc (\d+)", (3,))
        folder = os.path.join(os.path.dirname(HERE), "e2e")
        stamp = os.path.join(folder, "node", "node_modules", ".installed")
        if not os.path.exists(stamp):
            download(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                     os.path.join(folder, "node"))
            with open(stamp, "w"):
                pass
        return [os.path.join(folder, "run"), *(f"node/{name}" for name in self.tests)]


# The order in which they start: the one that builds longest first.
ALL = {language.name: language for language in (Rust(), Java(), Go(), Python(), Node())}
