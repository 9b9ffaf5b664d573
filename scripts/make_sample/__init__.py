"""Writes the sample corpus, the sample benchmark and the sample student, all from one seed.

Every sentence is put together by the grammar in this package from its own lexicons; nothing is taken
from a published review or data set.
"""
