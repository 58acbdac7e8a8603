"""A recipe by itself: the program that runs on any empty database, without this stack.

`program` puts it together, `needed` finds the models that it works on, `imports` joins what those
and the recipe import, and `rows` has what the tables hold, which `literal` writes as code.
"""

from .program import alone as alone
from .program import inside as inside
