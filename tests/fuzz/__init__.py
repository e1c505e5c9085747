"""Damaged dialogues against the driver's own generators, on a virtual clock, judged by what the module sent.

    python -m tests.fuzz [--minutes 10] [--seed 1]      or: make fuzz

A case is made from a seed and an index alone. It plays one dialogue of spec/dialogues to the driver, hurt by a few
wounds, and two probes behind it: calls whose answers nobody else gives. See judge.py for what must hold.
"""
