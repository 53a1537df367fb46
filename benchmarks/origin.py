"""Where figures came from that were kept from earlier runs, as columns of a table."""


def columns(records: list[dict]) -> dict[str, str]:
    """Commits, and the first and last date, of records that have `machine.describe()`'s keys."""
    dates = sorted({record["date"] for record in records})
    return {"commit": commits(records), "date": " to ".join(dates[:: max(len(dates) - 1, 1)])}


def commits(records: list[dict]) -> str:
    """The commits of records, each once, in the order of the records."""
    return ", ".join(dict.fromkeys(record["commit"] for record in records))
