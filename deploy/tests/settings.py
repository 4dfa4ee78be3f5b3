"""The variables that each program reads, out of its Rust sources."""

import functools
import re
from dataclasses import dataclass

from project import ROOT, SERVICES

METHODS = "text|optional|required|secret|parsed|number|millis|flag"
# env.number("NAME", 1, ..., or helper(env, "NAME", "default", ...
CALL = re.compile(rf"(?:\benv\s*\.\s*({METHODS})(?:::<[^>]*>)?\(|\b\w+\(\s*env\s*,)\s*(?:\"([A-Z][A-Z0-9_]+)\"|NAME)\s*,\s*([^,()]*)")
# ("NAME", "what it means"): the name of a variable and its meaning, handed on together.
PAIR = re.compile(r"(?<![\w>])\(\s*\"([A-Z][A-Z0-9]*_[A-Z0-9_]+)\"\s*,")
# module::read(env): the settings of a module, in its settings.rs.
MODULE = re.compile(r"\b([a-z_]+)::read\(\s*env\s*\)")
# read_name(env): a variable that several programs read, in shared.
FUNCTION = re.compile(r"\b(read_\w+)\(\s*env\s*\)")
READ = re.compile(r"(\.then\(\|\|\s*)?\b([A-Z]\w+)::read\(\s*env")
TESTS = re.compile(r"^#\[cfg\(test\)\]\nmod \w+ \{", re.MULTILINE)
NAME_CONSTANT = re.compile(r"const NAME: &str = \"([A-Z0-9_]+)\"")


@dataclass(frozen=True)
class Variable:
    """A variable that a program reads."""

    name: str
    required: bool
    default: str | None


def _code(path):
    # A module of tests ends the file; one that is only declared has a file of its own.
    text = TESTS.split((ROOT / path).read_text())[0]
    return re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)


def _default(method, argument):
    argument = argument.strip()
    if method in ("required", "secret", "optional"):
        return None
    if argument.startswith('"'):
        return argument.strip('"')
    if re.fullmatch(r"[0-9_]+(u\d+|usize)?", argument):
        return re.sub(r"(u\d+|usize)$", "", argument).replace("_", "")
    if re.fullmatch(r"[A-Za-z_:]*\b[A-Z][A-Z0-9_]+", argument):
        return _constant(argument.rsplit("::", 1)[-1])
    return argument if argument in ("true", "false") else None


@functools.cache
def _constant(name):
    """The value of a constant of domain or shared."""
    for path in sorted([*(ROOT / "domain/src").rglob("*.rs"), *(ROOT / "shared/src").rglob("*.rs")]):
        match = re.search(rf"const {name}: [^=]* = (.*?);", path.read_text())
        if match:
            return match.group(1).strip('"').replace("_", "")
    return None


@functools.cache
def variables_in(path):
    """The variables that one file reads itself."""
    code = _code(path)
    constant = NAME_CONSTANT.search(code)
    found = {}
    for method, name, argument in CALL.findall(code):
        name = name or (constant and constant.group(1))
        assert name, f"{path}: a variable without a name"
        found.setdefault(name, Variable(name, method in ("required", "secret"), _default(method, argument)))
    for name in PAIR.findall(code):
        found.setdefault(name, Variable(name, False, None))
    return found


@functools.cache
def _reader(name, folder):
    """The file in which a type reads itself: of the program, or shared."""
    for source in [folder, "shared"]:
        for path in sorted((ROOT / source / "src").rglob("*.rs")):
            implementation = re.search(rf"^impl {name} \{{(.*?)^\}}", path.read_text(), re.MULTILINE | re.DOTALL)
            if implementation and re.search(r"fn read\(\s*env: &mut (\w+::)*Reader", implementation.group(1)):
                return path.relative_to(ROOT)
    raise AssertionError(f"where does {name} read its settings?")


@functools.cache
def _function(name):
    """The file of shared in which a function reads a variable; none for one of the program itself."""
    for path in sorted((ROOT / "shared/src").rglob("*.rs")):
        if re.search(rf"^pub fn {name}\(\s*env: &mut Reader", path.read_text(), re.MULTILINE):
            return path.relative_to(ROOT)
    return None


def _of(path, text):
    found = dict(variables_in(path))
    for optional, reader in READ.findall(text):
        for variable in variables_in(_reader(reader, path.split("/")[0])).values():
            known = Variable(variable.name, variable.required and not optional, variable.default)
            found.setdefault(known.name, known)
    for function in FUNCTION.findall(text):
        if shared := _function(function):
            found |= variables_in(shared)
    for module in MODULE.findall(text):
        found |= variables_in(f"{path.split('/')[0]}/src/{module}/settings.rs")
    return found


@functools.cache
def of(program):
    """The variables of a program, by their names. The commands of uptime-admin are programs of their own."""
    logs = dict(variables_in("shared/src/telemetry.rs"))
    if program in SERVICES:
        path = f"{program}/src/settings.rs"
        return logs | _of(path, _code(path))
    code = _code("admin/src/settings.rs")
    part = {"migrate": "SchemaSettings", "wait-schema": "SchemaSettings", "topics": "TopicSettings", "wait-topics": "TopicSettings"}[program]
    implementation = code[code.index(f"impl {part}") :]
    following = implementation.find("\nimpl ", 1)
    return logs | _of("admin/src/settings.rs", implementation[: following if following > 0 else None])


def required(program):
    """The names of those without which it does not start."""
    return {variable.name for variable in of(program).values() if variable.required}


def everything():
    """The variables of all programs."""
    known = {}
    for program in [*SERVICES, "migrate", "topics"]:
        for variable in of(program).values():
            known.setdefault(variable.name, []).append((program, variable))
    return known


def program_of(image, arguments):
    """Which program a container of ours runs; None for others."""
    name = image.split("@")[0].split(":")[0]
    if not name.startswith(("uptime/", "ghcr.io/uptime-monitor/")):
        return None
    name = name.rsplit("/", 1)[1]
    if name == "admin":
        assert len(arguments) == 1, f"uptime-admin takes one command, not {arguments}"
        return arguments[0]
    assert name in SERVICES, f"{image} is no image of ours"
    return name
