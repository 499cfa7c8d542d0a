"""Tables, on a terminal and as Markdown."""

from rich.table import Table


def print_table(console, title, header, rows):
    """Prints `rows`; every column but the first is aligned to the right."""
    table = Table(title=title, title_justify="left")
    for index, column in enumerate(header):
        table.add_column(
            column, justify="right" if index else "left", no_wrap=not index
        )
    for row in rows:
        table.add_row(*map(str, row))
    console.print(table)


def markdown(header, rows):
    lines = [header, ["---"] + ["--:"] * (len(header) - 1), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)
