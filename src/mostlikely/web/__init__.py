"""The page: a lesson and an explorer, served from the machine itself.

The front end (``page/`` in the repository, built into ``static/``) draws, and looks for a maximum
while a hand drags data; all else comes from here. What is a function of its name alone is a
resource (`resources`), made once and exported; what depends on a reader's data is a verb of the
explorer (`explore`).

Open `app` first (the routes), then `resources` and `explore`. `guard` and `values` look at what
comes in, `tables` and its neighbours at uploaded files, `programs` writes formulas as steps.

Nothing here may define a density, and nothing is run that a request spells out.
``docs/architecture.md`` says what is computed where.
"""
