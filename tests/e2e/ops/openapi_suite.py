"""/openapi.json is true: every answer that it describes is asked for, and is as it says."""

import http.client
import json
import re
import socket
import time

from common.report import Skip, Suite, equal, true
from common.server import Hark, SharedHark

try:
    import jsonschema
except ImportError:
    jsonschema = None

suite = Suite("ops/openapi")
hark = SharedHark(suite, cores=2)

TOPIC = "/topics/{namespace}/{topic}"
EVENTS = {"Accept": "text/event-stream"}

# (path, method, status): (target, headers, body). The status is what the document says of it.
CALLS = {
    (TOPIC, "post", "204"): ("/topics/default/described", {"Content-Type": "text/plain"}, "hello"),
    (TOPIC, "post", "200"): ("/topics/default/described", {"Accept": "application/json"}, "hello"),
    (TOPIC, "post", "400"): ("/topics/default/%00", {}, "hello"),
    (TOPIC, "post", "403"): ("/topics/default/described", {"Origin": "http://elsewhere.example"}, "hello"),
    (TOPIC, "post", "404"): ("/topics/nowhere/described", {}, "hello"),
    (TOPIC, "post", "413"): ("/topics/default/described", {}, "x" * (1 << 20) + "x"),
    (TOPIC, "get", "200"): ("/topics/default/described?start=last:10", {}, None),
    (TOPIC, "get", "400"): ("/topics/default/described?start=never", {}, None),
    (TOPIC, "get", "403"): ("/topics/default/described", {"Origin": "null"}, None),
    (TOPIC, "get", "404"): ("/topics/nowhere/described", EVENTS, None),
    ("/livez", "get", "200"): ("/livez", {}, None),
    ("/readyz", "get", "200"): ("/readyz", {}, None),
    ("/metrics", "get", "200"): ("/metrics", {}, None),
    ("/openapi.json", "get", "200"): ("/openapi.json", {}, None),
}
# Called in tests of their own below.
ELSEWHERE = {(TOPIC, "post", "408"), (TOPIC, "post", "503"), (TOPIC, "get", "503"), ("/readyz", "get", "503")}
# Not to be had from outside in reasonable time; unit tests of the gateway show them.
NOT_CALLED = {(TOPIC, "post", "429"): "memory for requests used up: publish_request_test",
              (TOPIC, "get", "429"): "as many subscriptions as a core may have: following_test",
              (TOPIC, "post", "504"): "an owner that does not answer: publish_request_test"}


def document():
    connection = http.client.HTTPConnection("127.0.0.1", hark().port, timeout=20)
    connection.request("GET", "/openapi.json")
    return json.loads(connection.getresponse().read())


def resolved(description, of):
    """`of` with its references followed."""
    while "$ref" in of:
        at = description
        for key in of["$ref"].removeprefix("#/").split("/"):
            at = at[key]
        of = at
    return of


def check_schema(description, schema, value, what):
    if jsonschema is None:
        raise Skip("python3-jsonschema is not installed")
    whole = {**schema, "components": description["components"]}
    errors = list(jsonschema.Draft202012Validator(whole).iter_errors(value))
    equal([error.message for error in errors], [], what)


def judge(description, key, status, headers, body):
    """An answer against what the document says of it."""
    path, method, said = key
    what = " ".join(key)
    equal(str(status), said, f"{what}: {body[:200]}")
    response = resolved(description, description["paths"][path][method]["responses"][said])
    for name, header in response.get("headers", {}).items():
        value = headers.get(name)
        true(value is not None, f"{what}: header {name}")
        check_schema(description, resolved(description, header)["schema"], int(value), f"{what}: {name}")
    content = response.get("content", {})
    if not content:
        return equal(body, b"", f"{what}: body")
    kind = headers.get("content-type")
    true(kind in content, f"{what}: content type {kind}, not {list(content)}")
    if kind.startswith("application/"):
        check_schema(description, content[kind]["schema"], json.loads(body), f"{what}: body")


@suite.test
def it_names_every_answer_that_is_called():
    described = {(path, method, status) for path, item in document()["paths"].items()
                 for method, operation in item.items() if method != "parameters" for status in operation["responses"]}
    equal(described, set(CALLS) | ELSEWHERE | set(NOT_CALLED), "what is described, and what is called here")


@suite.test
def it_is_openapi_by_its_own_rules():
    description = document()
    true(description["openapi"].startswith("3.1."), "version of OpenAPI")
    true(re.fullmatch(r"\d+\.\d+\.\d+", description["info"]["version"]), "version of hark")
    names = []
    for path, item in description["paths"].items():
        parameters = item.get("parameters", [])
        for method, operation in item.items():
            if method == "parameters":
                continue
            names.append(operation["operationId"])
            known = {(p["in"], p["name"]) for p in map(lambda p: resolved(description, p),
                                                       parameters + operation.get("parameters", []))}
            for name in re.findall(r"{(\w+)}", path):
                true(("path", name) in known, f"{method} {path}: parameter {name}")
    equal(len(names), len(set(names)), "each operation has a name of its own")
    if jsonschema is None:
        raise Skip("python3-jsonschema is not installed")
    for schema in description["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


@suite.test
def every_answer_is_as_described():
    description = document()
    connection = http.client.HTTPConnection("127.0.0.1", hark().port, timeout=20)
    for key, (target, headers, body) in CALLS.items():
        connection.request(key[1].upper(), target, body, headers)
        answer = connection.getresponse()
        judge(description, key, answer.status, answer.headers, answer.read())


@suite.test
def what_a_parameter_may_be_is_what_is_taken():
    description = document()
    operation = description["paths"][TOPIC]["get"]
    connection = http.client.HTTPConnection("127.0.0.1", hark().port, timeout=20)
    connection.request("POST", "/topics/default/parameters", "x")
    connection.getresponse().read()
    # `format` means something to events only, which do not end by themselves.
    values = {"start": ["new", "latest", "last:0", "last:3", "1", "0", "never", "last:", "-1"],
              "sequence_number": ["0", "1", "-1", "x", str(2**53), str(2**53 + 1)],
              "sequence_page": ["0", "-1", str(2**53), str(2**53 + 1)], "wait": ["0", "60", "61", "-1", "x"]}
    for parameter in operation["parameters"]:
        for value in values.get(parameter["name"], []):
            schema = parameter["schema"]
            typed = int(value) if schema["type"] == "integer" and re.fullmatch(r"-?\d+", value) else value
            described = jsonschema is None or jsonschema.Draft202012Validator(schema).is_valid(typed)
            more = "" if parameter["name"] == "wait" else "&wait=0"
            connection.request("GET", f"/topics/default/parameters?{parameter['name']}={value}{more}")
            answer = connection.getresponse()
            answer.read()
            equal(answer.status == 200, described, f"{parameter['name']}={value}: {answer.status}")
    if jsonschema is None:
        raise Skip("python3-jsonschema is not installed")


@suite.test
def events_hold_what_is_described():
    description = document()
    connection = http.client.HTTPConnection("127.0.0.1", hark().port, timeout=20)
    for body, kind in (("a text", "text/plain"), (b"\x00\xff", "application/octet-stream")):
        connection.request("POST", "/topics/default/events", body, {"Content-Type": kind})
        connection.getresponse().read()
    connection.request("GET", "/topics/default/events", headers={**EVENTS, "Last-Event-ID": "1:7"})
    answer = connection.getresponse()
    equal(answer.headers["content-type"], "text/event-stream", "content type")
    seen = []
    while len(seen) < 3:
        line = answer.readline().decode()
        if line.startswith("data: "):
            name = "Item" if seen else "Discontinuity"
            seen.append(name)
            check_schema(description, {"$ref": f"#/components/schemas/{name}"}, json.loads(line[6:]), line)
    connection.close()


def finish(connection, rest):
    connection.sendall(rest)
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.status, answer.headers, answer.read()


@suite.test
def a_body_that_is_too_slow():
    with socket.create_connection(("127.0.0.1", hark().port), 30) as connection:
        head = b"POST /topics/default/slow HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell"
        judge(document(), (TOPIC, "post", "408"), *finish(connection, head))


@suite.test
def a_server_that_shuts_down():
    description = document()
    requests = {(TOPIC, "post", "503"): b"POST /topics/default/late HTTP/1.1\r\nContent-Length: 0\r\n",
                (TOPIC, "get", "503"): b"GET /topics/default/late HTTP/1.1\r\n",
                ("/readyz", "get", "503"): b"GET /readyz HTTP/1.1\r\n"}
    with Hark(cores=2) as own:
        connections = {}
        for key, head in requests.items():
            connection = socket.create_connection(("127.0.0.1", own.port), 20)
            # Sent as one and answered in part: what is begun behind the first has been read with it.
            finish(connection, b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n" + head)
            connections[key] = connection
        own.terminate()
        deadline = time.monotonic() + 10
        while not any("draining" in line for line in own.lines):
            true(time.monotonic() < deadline, "it said that it drains")
            time.sleep(0.01)
        for key, connection in connections.items():
            judge(description, key, *finish(connection, b"Host: a\r\n\r\n"))
            connection.close()
        equal(own.wait(), 0, "exit code")


suite.main()
