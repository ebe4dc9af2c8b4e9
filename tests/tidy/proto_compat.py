#!/usr/bin/python3
"""proto_compat.py - the wire contract may only grow

    tests/tidy/proto_compat.py SOURCE            compare proto/ with tests/data/v1/descriptor.bin
    tests/tidy/proto_compat.py SOURCE --freeze   at a release: keep today's proto/ as that file

Compared are messages, fields (number, name, type, label, oneof) and values of enums. A field may go
only if its number and its name are reserved. The check first proves itself on spoilt copies.
Exit 1 with one line for each finding; 77 when protoc is missing.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

DESCRIPTOR = "google/protobuf/descriptor.proto"
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}:]|[^\s{}:"]+')


def protoc(*arguments, stdin=None):
    command = ["protoc", *map(str, arguments)]
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True).stdout


def descriptor_set(proto):
    files = sorted(path.relative_to(proto) for path in proto.glob("tonghop/v1/*.proto"))
    with tempfile.NamedTemporaryFile() as out:
        protoc(f"--proto_path={proto}", f"--descriptor_set_out={out.name}", *files)
        return pathlib.Path(out.name).read_bytes()


def parse(text):
    """The text format as nested lists of (name, value)."""
    tokens = TOKEN.findall(text)
    stack = [[]]
    name = None
    for token in tokens:
        if token == "}":
            stack.pop()
        elif token == "{":
            inner = []
            stack[-1].append((name, inner))
            stack.append(inner)
            name = None
        elif token == ":":
            pass
        elif name is None:
            name = token
        else:
            stack[-1].append((name, token.strip('"')))
            name = None
    return stack[0]


def one(entries, name, default=None):
    return next((value for key, value in entries if key == name), default)


def every(entries, name):
    return [value for key, value in entries if key == name]


def field_facts(message, field):
    oneof = one(field, "oneof_index")
    if oneof is not None:
        oneof = one(every(message, "oneof_decl")[int(oneof)], "name")
    options = one(field, "options", [])
    return {
        "name": one(field, "name"),
        "type": one(field, "type"),
        "label": one(field, "label"),
        "of": one(field, "type_name"),
        "oneof": oneof,
        "packed": one(options, "packed"),
    }


def add_message(schema, prefix, message):
    name = f"{prefix}.{one(message, 'name')}"
    reserved = set()
    for span in every(message, "reserved_range"):
        reserved.update(range(int(one(span, "start")), int(one(span, "end"))))
    schema[name] = {
        "fields": {int(one(field, "number")): field_facts(message, field)
                   for field in every(message, "field")},
        "reserved": reserved,
        "reserved_names": set(every(message, "reserved_name")),
    }
    for inner in every(message, "nested_type"):
        add_message(schema, name, inner)
    for inner in every(message, "enum_type"):
        add_enum(schema, name, inner)


def add_enum(schema, prefix, enum):
    schema[f"{prefix}.{one(enum, 'name')}"] = {
        "fields": {int(one(value, "number", 0)): {"name": one(value, "name")}
                   for value in every(enum, "value")},
        "reserved": set(),
        "reserved_names": set(),
    }


def schema_of(descriptors):
    text = protoc("--decode=google.protobuf.FileDescriptorSet", DESCRIPTOR, stdin=descriptors)
    schema = {}
    for file in every(parse(text.decode()), "file"):
        prefix = one(file, "package")
        for message in every(file, "message_type"):
            add_message(schema, prefix, message)
        for enum in every(file, "enum_type"):
            add_enum(schema, prefix, enum)
    return schema


def removed(name, number, facts, now):
    if number in now["reserved"] and facts["name"] in now["reserved_names"]:
        return []
    return [f"{name}: field {number} ({facts['name']}) is gone and not reserved"]


def compare(old, new):
    findings = []
    for name, before in old.items():
        now = new.get(name)
        if now is None:
            findings.append(f"{name} is gone")
            continue
        for number, facts in before["fields"].items():
            if number not in now["fields"]:
                findings += removed(name, number, facts, now)
                continue
            for what, value in facts.items():
                if now["fields"][number][what] != value:
                    findings.append(f"{name}: field {number}: {what} was {value}, "
                                    f"is {now['fields'][number][what]}")
        for number in before["reserved"] - now["reserved"]:
            findings.append(f"{name}: number {number} is no longer reserved")
    return findings


# What must be found, as (file, text, its replacement, the beginning of the finding or None: allowed).
SPOILT = [
    ("header.proto", "optional uint64 seq = 6;", "optional uint64 seq = 16;", "is gone"),
    ("header.proto", "optional uint64 seq = 6;", "optional int64 seq = 6;", "type was"),
    ("header.proto", "optional uint64 seq = 6;", "repeated uint64 seq = 6;", "label was"),
    ("header.proto", "optional uint64 seq = 6;", "optional uint64 sequence = 6;", "name was"),
    ("header.proto", "optional uint64 seq = 6;", 'reserved 6; reserved "seq";', None),
    ("header.proto", "optional uint64 seq = 6;",
     "optional uint64 seq = 6; optional bool more = 99;", None),
    ("header.proto", "  PING = 6;", "  PING = 66;", "is gone"),
    ("update.proto", "Staffing staffing = 11;", "} optional Staffing staffing = 11; oneof other {",
     "oneof was"),
    ("update.proto", "optional Qualifier qualifier = 5;", "optional Reason qualifier = 5;", "of was"),
    ("update.proto", "message Transfer {", "message Transferred {", "is gone"),
]


def check_itself(proto, old):
    findings = []
    for file, text, replacement, wanted in SPOILT:
        with tempfile.TemporaryDirectory() as scratch:
            copy = pathlib.Path(scratch) / "proto"
            shutil.copytree(proto, copy)
            path = copy / "tonghop" / "v1" / file
            source = path.read_text()
            if text not in source:
                findings.append(f"self-test: {file} has no {text!r} to spoil")
                continue
            spoilt = source.replace(text, replacement)
            if "Transferred" in replacement:
                spoilt = spoilt.replace("Transfer transfer", "Transferred transfer")
            path.write_text(spoilt)
            got = compare(old, schema_of(descriptor_set(copy)))
            if (wanted is None) != (not got) or (wanted and not any(wanted in line for line in got)):
                findings.append(f"self-test: {replacement!r} gave {got}")
    return findings


def main():
    if shutil.which("protoc") is None:
        print("skipped: protoc is not installed")
        return 77
    source = pathlib.Path(sys.argv[1])
    proto = source / "proto"
    frozen = source / "tests" / "data" / "v1" / "descriptor.bin"
    today = descriptor_set(proto)
    if "--freeze" in sys.argv[2:]:
        frozen.write_bytes(today)
        return 0
    old = schema_of(frozen.read_bytes())
    new = schema_of(today)
    findings = compare(old, new) + check_itself(proto, new)
    for finding in findings:
        print(finding)
    if not findings:
        print(f"{len(new)} messages and enums, all of the last release's as they were")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
