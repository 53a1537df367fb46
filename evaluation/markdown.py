"""Records → a Markdown table with a column for each key, in the order in which the keys first appear."""


def table(rows: list[dict]) -> str:
    """One line for each record; numbers align right, floats have four digits, what a record lacks is a dash."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    numbers = [all(isinstance(row.get(column, 0), (int, float)) for row in rows) for column in columns]
    rule = ["---:" if number else "---" for number in numbers]
    lines = [columns, rule, *([_cell(row.get(column)) for column in columns] for row in rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _cell(value) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
