"""What are formulas made of? Derivatives, the vocabulary, domains and links.

`ops` is the vocabulary of log-densities: each function once, with its readers for NumPy, jets,
PyTorch and SymPy. A `jet.Jet` is a value with its exact gradient and Hessian, which NumPy's own
calls go through. What no library computes with all digits is here as well.

Open `jet` first, then `ops` and `dispatch` (how a call finds its reader). `domain` and `link` say
where parameters lie and how they are reached; `exact` adds without error.

Nothing here may know a family, or what its parameters mean. NumPy and `scipy.special` are all that
is imported.
"""
