"""The commands as one typer app, and how what was typed reaches them."""

import difflib
from collections.abc import Callable
from typing import Annotated, Any

import typer

from fromraw.cli import (
    cache,
    compare,
    curve,
    demo,
    describe,
    doctor,
    evaluate,
    pack,
    parts,
    plan,
    predict,
    report,
    runs,
    train,
)
from fromraw.cli.calling import CALL, Call
from fromraw.cli.options import spread
from fromraw.errors import UsageError

_COMMANDS: dict[str, Callable[..., Any]] = {
    "describe": describe.describe,
    "plan": plan.plan,
    "train": train.train,
    "evaluate": evaluate.evaluate,
    "predict": predict.predict,
    "report": report.report,
    "pack": pack.pack,
    "runs": runs.runs,
    "compare": compare.compare,
    "curve": curve.curve,
    "parts": parts.parts,
    "cache": cache.cache,
    "doctor": doctor.doctor,
    "demo": demo.demo,
}

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
for _name, _function in _COMMANDS.items():
    app.command(_name)(spread(_function))


def _print_version(asked: bool) -> bool:
    if asked:
        from fromraw import __version__

        typer.echo(f"fromraw {__version__}")
        raise typer.Exit
    return asked


@app.callback()
def _first(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Raw data in; a trained, honest, explainable deep net out.

    Begin with `fromraw demo`, or with `fromraw describe DATA` and `fromraw train DATA`.
    """


def invoke(call: Call) -> int:
    """Run what was typed; the exit code. Raises UsageError, with the nearest right name, for what does not exist."""
    command, path, words = _called(list(call.words) or ["--help"])
    CALL.set(call)
    try:
        with command.make_context(path, words) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except Exception as error:
        if not hasattr(error, "format_message"):  # typer's own errors of the command line have it
            raise
        raise UsageError(_in_our_words(error, call.words)) from None
    return 0


def _called(words: list[str]) -> tuple[Any, str, list[str]]:
    """The command, how it is called, and what was typed behind it.

    A command is gone to directly: on its way through the group of all, typer loads pydantic, and `--help` takes twice
    as long.
    """
    group: Any = typer.main.get_command(app)
    if words[0] in group.commands:
        return group.commands[words[0]], f"fromraw {words[0]}", words[1:]
    return group, "fromraw", words


def _in_our_words(error: Any, words: list[str]) -> str:
    """What typer found wrong, as what, got, remedy."""
    context = error.ctx
    path = context.command_path if context is not None else "fromraw"
    if hasattr(error, "possibilities") or "No such option" in error.message:
        known = [name for param in context.command.params for name in param.opts if name.startswith("--")]
        return _unknown("option", error.option_name, [*known, "--help"], path)
    if error.message.startswith("No such command"):
        wrong = next((word for word in words if f"'{word}'" in error.message), "")
        return _unknown("command", wrong, list(_COMMANDS), path)
    text = error.format_message().strip().rstrip(".")
    return f"{text[:1].lower()}{text[1:]}; {path} --help shows how it is used."


def _unknown(what: str, name: str, known: list[str], path: str) -> str:
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"{path} --help lists them."
    return f"no {what} {name}{f' of {path}' if what == 'option' else ''}; {hint}"
