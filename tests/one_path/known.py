KNOWN: dict[tuple[str, str], str] = {}
