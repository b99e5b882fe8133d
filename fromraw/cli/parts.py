"""`fromraw parts [NAME]`: what fromraw is made of, read from the parts themselves."""

from typing import Annotated, Any

import typer

from fromraw.cli.options import Debug, Json, Markdown

_Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="A part; left out: all of them.")]


def parts(name: _Name = None, markdown: Markdown = False, json: Json = False, debug: Debug = False) -> None:
    """List all parts by room, or show one: its idea, its paper, its settings, its file."""
    from fromraw.api import parts as all_parts
    from fromraw.cli.printing import print_json

    known = all_parts()
    if name is not None:
        chosen = _named(name, known)
        known = {room: {p.name: p for p in chosen if p.room == room} for room in known}
    if json:
        print_json({"format": 1, "rooms": {room: [_as_data(p) for p in of.values()] for room, of in known.items()}})
    elif markdown:
        typer.echo("\n".join(_markdown(known)))
    elif name is not None:
        typer.echo("\n\n".join("\n".join(_one(p)) for of in known.values() for p in of.values()))
    else:
        typer.echo("\n".join(_listed(known)))


def _named(name: str, known: dict[str, dict[str, Any]]) -> list[Any]:
    """The parts of that name, of whatever room (`encoders.linear` names the room too)."""
    from fromraw.errors import unknown

    room, _, last = name.rpartition(".")
    found = [of[last] for at, of in known.items() if last in of and room in ("", at)]
    if not found:
        raise unknown("part", name, {part for of in known.values() for part in of})
    return found


def idea(part: Any) -> str:
    """The first sentence of what a part says of itself, on one line."""
    first = " ".join(part.doc.strip().split("\n\n")[0].split())
    return first.split(". ")[0].rstrip(".") + "." if first else ""


def _listed(known: dict[str, dict[str, Any]]) -> list[str]:
    width = max(len(name) for of in known.values() for name in of)
    lines = []
    for room, of in known.items():
        lines += [room, *(f"  {name:<{width}}  {idea(part)}" for name, part in of.items())]
    return [*lines, "One of them: fromraw parts NAME"]


def _one(part: Any) -> list[str]:
    """A part's page."""
    lines = [f"{part.name}  ({part.room.removesuffix('s')})", "", part.doc, "", "Settings"]
    for s in part.settings.values():
        lines.append(f"  {s.name} = {_default(s)}  ({_kind(s)})")
        lines += [f"      {s.sentence}"] if s.sentence else []
    lines += [] if part.settings else ["  none"]
    return [*lines, "", f"File  {part.path}"]


def _markdown(known: dict[str, dict[str, Any]]) -> list[str]:
    """A table a room; the same on every machine."""
    lines = ["# Parts", "", "Written by `fromraw parts --markdown`; do not edit.", ""]
    for room, of in known.items():
        lines += [f"## {room.capitalize()}", "", "| part | idea | settings |", "|---|---|---|"]
        for part in of.values():
            settings = "<br>".join(f"`{s.name}={_default(s)}` {s.sentence}" for s in part.settings.values())
            lines.append(f"| `{part.name}` | {_cell(idea(part))} | {_cell(settings)} |")
        lines.append("")
    return lines[:-1]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _default(setting: Any) -> str:
    import inspect

    return "required" if setting.default is inspect.Parameter.empty else str(setting.default)


def _kind(setting: Any) -> str:
    from fromraw.parts import type_in_words

    return type_in_words(setting.type)


def _as_data(part: Any) -> dict[str, Any]:
    settings = [
        {"name": s.name, "type": _kind(s), "default": _default(s), "sentence": s.sentence}
        for s in part.settings.values()
    ]
    return {"name": part.name, "idea": idea(part), "doc": part.doc, "settings": settings, "file": str(part.path)}
