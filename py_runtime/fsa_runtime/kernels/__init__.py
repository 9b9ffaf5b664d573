"""Passes over rows, logits and weights that torch has no single operation for, in C++, for bf16 on CPUs.

`source/` holds them, each with its formula; `build` compiles them where there is a compiler; `library` calls
them. Where there is no such library everything is computed by torch alone.
"""
