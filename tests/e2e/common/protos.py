"""Makes Python's messages out of proto/."""

import glob
import os
import shutil
import subprocess


def prepare(root, work):
    """Generates the messages into work/proto when they changed. None, or what is missing for that."""
    sources = sorted(glob.glob(os.path.join(root, "proto", "*.proto")))
    out = os.path.join(work, "proto")
    made = glob.glob(os.path.join(out, "*_pb2.py"))
    newest = max(map(os.path.getmtime, sources))
    if len(made) == len(sources) and min(map(os.path.getmtime, made)) > newest:
        return None
    if not shutil.which("protoc"):
        return "protoc is missing (apt-get install protobuf-compiler)"
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    subprocess.run(["protoc", f"--python_out={out}", "-I", os.path.join(root, "proto"), *sources], check=True)
    return None
