"""Text that Markdown shows as it is."""


def escape(text: str) -> str:
    """On one line, whatever the text holds: names from the data are text and no markup."""
    line = " ".join(str(text).split())
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|$" else c for c in line)
