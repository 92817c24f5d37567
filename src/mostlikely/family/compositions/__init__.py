"""Families made of families: a law moved, and what else can be done to one.

A composition is a `Family` whose parameters belong to the instance: those of the inner model, and
its own. It is fitted, saved, drawn and derived by what it declares, as any page is; nothing beyond
this folder asks whether a model is one.

Open `shifted` first. What a composition must forward is what the inner family declares: formulas,
ends, links, special cases, precision weights, and a description from which it is made again.

Nothing here may know how a model is fitted. These files are not among the pages that `catalogue`
lists, for they need another family.
"""
